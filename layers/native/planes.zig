//! Small boosted trees for many rows at once, 128 rows by 128, without walking.
//!
//! QuickScorer (Lucchese et al., 2015) in the bytewise form of RapidScorer (Ye et al., 2018): every
//! split that sends a row right strikes out the leaves below its left child; the first leaf left is
//! the row's. Rows come as ranks among a feature's thresholds, one byte each, so a split is one
//! comparison of bytes for many rows; ranks compare exactly as the numbers do.

const std = @import("std");
const Arena = @import("arena.zig").Arena;
const forests = @import("forest.zig");
const Forest = forests.Forest;

const lanes = 128;
const most_leaves = 256;
const most_work = 1000; // instructions of a tree, for as many rows as a register has bytes
const Ranks = @Vector(lanes, i8);
const Bytes = @Vector(lanes, u8);

const Kind = enum(u8) { missing_low, missing_high, coded };

/// A feature as bytes. Thresholds are filled up with infinity to one less than a power of two.
const Column = struct {
    slot: u32,
    kind: Kind,
    thresholds: []const f64 = &.{},
    distinct: u8 = 0,
    places: []const u8 = &.{}, // of a code: its byte
};

/// Rows whose byte is greater than `limit` lose the leaves `struck`.
const Split = extern struct { column: u16, limit: i8, struck: u8 };

/// Rows whose byte is listed, or with `unless` is not, lose the leaves `struck`.
const CodedSplit = extern struct { column: u16, struck: u8, unless: u8, first: u32, count: u32 };

pub const Planes = struct {
    columns: []Column,
    splits: []Split,
    coded: []CodedSplit,
    listed: []i8,
    ends: [][2]u32, // by tree and plane of eight leaves: where its splits end
    trees: [][2]u32, // by tree: how many planes, where its leaves begin
    leaves: []f64,
    outputs: u32,

    pub const least_rows = 32;

    pub fn room(self: Planes, rows: usize) usize {
        return self.columns.len * padded(rows) / @sizeOf(f64);
    }

    /// As Forest.add; `scratch` has room.
    pub fn add(self: *const Planes, slots: [*]const f64, out: [*]f64, stride: usize, rows: usize, scratch: [*]f64) void {
        const bytes: [*]i8 = @ptrCast(scratch);
        const pitch = padded(rows);
        for (self.columns, 0..) |*column, place| {
            rank(column, slots + column.slot * stride, rows, bytes + place * pitch);
        }
        var first: usize = 0;
        while (first < rows) : (first += lanes) {
            self.addLanes(bytes + first, pitch, out + first, stride, @min(lanes, rows - first));
        }
    }

    fn addLanes(self: *const Planes, bytes: [*]const i8, pitch: usize, out: [*]f64, stride: usize, rows: usize) void {
        var plane: usize = 0;
        var split: usize = 0;
        var coded: usize = 0;
        for (self.trees, 0..) |tree, number| {
            var found: Bytes = @splat(0);
            var open: Bytes = @splat(255);
            for (0..tree[0]) |eighth| {
                var left: Bytes = @splat(255);
                const ends = self.ends[plane];
                plane += 1;
                for (self.splits[split..ends[0]]) |s| {
                    const ranks: Ranks = bytes[s.column * pitch ..][0..lanes].*;
                    left &= ~@select(u8, ranks > @as(Ranks, @splat(s.limit)), @as(Bytes, @splat(s.struck)), @as(Bytes, @splat(0)));
                }
                split = ends[0];
                for (self.coded[coded..ends[1]]) |s| {
                    const codes: Ranks = bytes[s.column * pitch ..][0..lanes].*;
                    var hit: Bytes = @splat(0);
                    for (self.listed[s.first..][0..s.count]) |code| {
                        hit |= @select(u8, codes == @as(Ranks, @splat(code)), @as(Bytes, @splat(255)), @as(Bytes, @splat(0)));
                    }
                    if (s.unless != 0) hit = ~hit;
                    left &= ~(hit & @as(Bytes, @splat(s.struck)));
                }
                coded = ends[1];
                const any = @select(u8, left != @as(Bytes, @splat(0)), open, @as(Bytes, @splat(0)));
                found |= any & (lowest(left) | @as(Bytes, @splat(@intCast(eighth * 8))));
                open &= ~any;
            }
            const place: [lanes]u8 = found;
            const leaf = self.leaves.ptr + tree[1];
            const sum = out + number % self.outputs * stride;
            for (0..rows) |row| sum[row] += leaf[place[row]];
        }
    }

    /// The planes of a forest, or nothing where its trees are too large or its numbers too many.
    pub fn build(forest: *const Forest, arena: *Arena) error{OutOfMemory}!?Planes {
        if (forest.values.len > 0) return null;
        const trees = forest.starts.len - 1;
        for (forest.starts[0..trees], forest.starts[1..]) |start, end| {
            if (end - start > 2 * most_leaves - 1) return null;
        }
        var builder = Builder{ .forest = forest, .arena = arena };
        return builder.build() catch |fault| switch (fault) {
            error.TooMany => null,
            error.OutOfMemory => error.OutOfMemory,
        };
    }
};

fn padded(rows: usize) usize {
    return (rows + lanes - 1) / lanes * lanes;
}

/// The place of the lowest bit of each byte.
inline fn lowest(bytes: Bytes) Bytes {
    const zero: Bytes = @splat(0);
    const bit = bytes & (zero -% bytes);
    var place = zero;
    inline for (.{ .{ 0xF0, 4 }, .{ 0xCC, 2 }, .{ 0xAA, 1 } }) |pair| {
        const inside = bit & @as(Bytes, @splat(pair[0]));
        place |= @select(u8, inside != zero, @as(Bytes, @splat(pair[1])), zero);
    }
    return place;
}

fn rank(column: *const Column, cells: [*]const f64, rows: usize, out: [*]i8) void {
    if (column.kind == .coded) {
        for (0..rows) |row| out[row] = @bitCast(column.places[bin(cells[row])]);
        return;
    }
    const at_once = 8;
    const top = column.thresholds.len + 1;
    var first: usize = 0;
    while (first < rows) : (first += at_once) {
        var base: [at_once]usize = @splat(0);
        var cell: [at_once]f64 = undefined;
        inline for (0..at_once) |lane| cell[lane] = cells[@min(first + lane, rows - 1)];
        var half = top / 2;
        while (half > 0) : (half /= 2) {
            inline for (0..at_once) |lane| {
                const above = cell[lane] > column.thresholds[base[lane] + half - 1];
                base[lane] += half & (0 -% @as(usize, @intFromBool(above)));
            }
        }
        inline for (0..at_once) |lane| {
            const high = column.kind == .missing_high and cell[lane] != cell[lane];
            const place: u8 = if (high) column.distinct else @intCast(base[lane]);
            out[first + lane] = @bitCast(place ^ 0x80);
        }
    }
}

const other = 256;
const missing = 257;

/// A code as a place in a table of 258.
fn bin(cell: f64) usize {
    if (cell != cell or cell < 0) return missing;
    if (cell >= 256 or cell != @floor(cell)) return other;
    return @intFromFloat(cell);
}

const Builder = struct {
    forest: *const Forest,
    arena: *Arena,
    columns: []Column = &.{},
    column_count: usize = 0,
    by_feature: [3][]u32 = undefined, // by kind and feature: its column, or none
    splits: []Split = &.{},
    split_count: usize = 0,
    coded: []CodedSplit = &.{},
    coded_count: usize = 0,
    listed: []i8 = &.{},
    listed_count: usize = 0,
    ends: [][2]u32 = &.{},
    leaves: []f64 = &.{},
    leaf_count: usize = 0,
    struck: [most_leaves]Struck = undefined, // one tree's splits
    struck_count: usize = 0,
    work: usize = 0,

    const none = std.math.maxInt(u32);
    const Fault = error{ TooMany, OutOfMemory };
    const Struck = struct { node: u32, first: u32, end: u32 };

    fn build(self: *Builder) Fault!Planes {
        try self.makeColumns();
        const trees = self.forest.starts.len - 1;
        const shape = try self.arena.make([2]u32, trees);
        var planes: usize = 0;
        for (shape, 0..) |*tree, number| {
            tree.* = .{ 0, @intCast(self.leaf_count) };
            try self.count(number);
            tree[0] = @intCast((self.leaf_count - tree[1] + 7) / 8);
            planes += tree[0];
        }
        if (self.work > most_work * trees) return error.TooMany;
        self.splits = try self.arena.make(Split, self.split_count);
        self.coded = try self.arena.make(CodedSplit, self.coded_count);
        self.listed = try self.arena.make(i8, self.listed_count);
        self.ends = try self.arena.make([2]u32, planes);
        self.leaves = try self.arena.make(f64, self.leaf_count);
        self.split_count, self.coded_count, self.listed_count, self.leaf_count = .{ 0, 0, 0, 0 };
        planes = 0;
        for (shape, 0..) |tree, number| {
            try self.fill(number, tree[0], self.ends[planes..]);
            planes += tree[0];
        }
        return .{
            .columns = self.columns[0..self.column_count],
            .splits = self.splits,
            .coded = self.coded,
            .listed = self.listed,
            .ends = self.ends,
            .trees = shape,
            .leaves = self.leaves,
            .outputs = self.forest.outputs,
        };
    }

    fn isLeaf(self: *Builder, place: u32) bool {
        return self.forest.nodes[place].left == place;
    }

    fn makeColumns(self: *Builder) Fault!void {
        const width = self.forest.inputs.len;
        for (&self.by_feature) |*table| table.* = try self.arena.filled(u32, width, none);
        const counts = try self.arena.filled(u32, width + 1, 0);
        const sets = try self.arena.filled(forests.Set, width, @splat(0));
        for (self.forest.nodes, 0..) |node, place| {
            if (self.isLeaf(@intCast(place))) continue;
            const kind = kindOf(node.flags);
            if (self.by_feature[@intFromEnum(kind)][node.feature] == none) {
                self.by_feature[@intFromEnum(kind)][node.feature] = @intCast(self.column_count);
                self.column_count += 1;
            }
            if (kind == .coded) {
                for (&sets[node.feature], self.forest.sets[@intFromFloat(node.value)]) |*all, word| all.* |= word;
            } else counts[node.feature + 1] += 1;
        }
        if (self.column_count > std.math.maxInt(u16)) return error.TooMany;
        for (1..width + 1) |f| counts[f] += counts[f - 1];
        const thresholds = try self.arena.make(f64, counts[width]);
        const next = try self.arena.make(u32, width);
        @memcpy(next, counts[0..width]);
        for (self.forest.nodes, 0..) |node, place| {
            if (self.isLeaf(@intCast(place)) or kindOf(node.flags) == .coded) continue;
            thresholds[next[node.feature]] = node.value;
            next[node.feature] += 1;
        }
        self.columns = try self.arena.make(Column, self.column_count);
        for (0..width) |feature| {
            const low = self.by_feature[@intFromEnum(Kind.missing_low)][feature];
            const high = self.by_feature[@intFromEnum(Kind.missing_high)][feature];
            const coded = self.by_feature[@intFromEnum(Kind.coded)][feature];
            const slot = self.forest.inputs[feature];
            if (coded != none) self.columns[coded] = try self.codedColumn(slot, &sets[feature]);
            if (low == none and high == none) continue;
            const column = try self.rankedColumn(slot, thresholds[counts[feature]..counts[feature + 1]]);
            if (low != none) self.columns[low] = column;
            if (high != none) self.columns[high] = column;
            if (high != none) self.columns[high].kind = .missing_high;
        }
    }

    fn rankedColumn(self: *Builder, slot: u32, all: []f64) Fault!Column {
        std.mem.sortUnstable(f64, all, {}, std.sort.asc(f64));
        var distinct: usize = 0;
        for (all) |value| {
            if (distinct > 0 and all[distinct - 1] == value) continue;
            all[distinct] = value;
            distinct += 1;
        }
        if (distinct > 255) return error.TooMany;
        var size: usize = 1;
        while (size - 1 < distinct) size *= 2;
        const filled = try self.arena.filled(f64, size - 1, std.math.inf(f64));
        @memcpy(filled[0..distinct], all[0..distinct]);
        return .{ .slot = slot, .kind = .missing_low, .thresholds = filled, .distinct = @intCast(distinct) };
    }

    fn codedColumn(self: *Builder, slot: u32, set: *const forests.Set) Fault!Column {
        const places = try self.arena.make(u8, 258);
        var known: usize = 0;
        for (0..256) |code| {
            if (!contains(set, code)) continue;
            places[code] = @truncate(known);
            known += 1;
        }
        if (known > 254) return error.TooMany;
        for (0..256) |code| {
            if (!contains(set, code)) places[code] = @intCast(known);
        }
        places[other] = @intCast(known);
        places[missing] = @intCast(known + 1);
        return .{ .slot = slot, .kind = .coded, .places = places, .distinct = @intCast(known) };
    }

    /// Number a tree's leaves from left to right, and note which of them each split strikes out.
    fn gather(self: *Builder, place: u32, before: u32) Fault!u32 {
        if (before >= most_leaves) return error.TooMany;
        if (self.isLeaf(place)) return before + 1;
        if (self.struck_count == most_leaves) return error.TooMany;
        const mine = self.struck_count;
        self.struck_count += 1;
        const left = self.forest.nodes[place].left;
        const middle = try self.gather(left, before);
        self.struck[mine] = .{ .node = place, .first = before, .end = middle };
        return self.gather(left + 1, middle);
    }

    fn count(self: *Builder, tree: usize) Fault!void {
        self.struck_count = 0;
        self.leaf_count += try self.gather(self.forest.starts[tree], 0);
        for (self.struck[0..self.struck_count]) |split| {
            const planes = (split.end - 1) / 8 - split.first / 8 + 1;
            if (kindOf(self.forest.nodes[split.node].flags) == .coded) {
                const listed = self.list(split.node, null).count;
                self.coded_count += planes;
                self.listed_count += listed;
                self.work += planes * listed * 2;
            } else {
                self.split_count += planes;
                self.work += planes * 3;
            }
        }
        if (self.split_count + self.coded_count + self.listed_count > 1 << 28) return error.TooMany;
    }

    fn fill(self: *Builder, tree: usize, planes: usize, ends: [][2]u32) Fault!void {
        self.struck_count = 0;
        _ = try self.gather(self.forest.starts[tree], 0);
        self.fillLeaves(self.forest.starts[tree]);
        var lists: [most_leaves]List = undefined;
        for (self.struck[0..self.struck_count], 0..) |split, number| {
            if (kindOf(self.forest.nodes[split.node].flags) != .coded) continue;
            lists[number] = self.list(split.node, self.listed.ptr + self.listed_count);
            lists[number].first = @intCast(self.listed_count);
            self.listed_count += lists[number].count;
        }
        for (0..planes) |plane| {
            for (self.struck[0..self.struck_count], 0..) |split, number| {
                const struck = bits(split, plane);
                if (struck == 0) continue;
                const node = &self.forest.nodes[split.node];
                const kind = kindOf(node.flags);
                const column: u16 = @intCast(self.by_feature[@intFromEnum(kind)][node.feature]);
                if (kind == .coded) {
                    const list_ = lists[number];
                    self.coded[self.coded_count] = .{ .column = column, .struck = struck, .unless = list_.unless, .first = list_.first, .count = list_.count };
                    self.coded_count += 1;
                } else {
                    const place = lowerBound(self.columns[column].thresholds, node.value);
                    self.splits[self.split_count] = .{ .column = column, .limit = @bitCast(place ^ 0x80), .struck = struck };
                    self.split_count += 1;
                }
            }
            ends[plane] = .{ @intCast(self.split_count), @intCast(self.coded_count) };
        }
    }

    fn fillLeaves(self: *Builder, place: u32) void {
        if (self.isLeaf(place)) {
            self.leaves[self.leaf_count] = self.forest.nodes[place].value;
            self.leaf_count += 1;
            return;
        }
        self.fillLeaves(self.forest.nodes[place].left);
        self.fillLeaves(self.forest.nodes[place].left + 1);
    }

    const List = struct { first: u32 = 0, count: u32, unless: u8 };

    /// The bytes that go right, or with `unless` those that go left, whichever are fewer.
    fn list(self: *Builder, place: u32, out: ?[*]i8) List {
        const node = &self.forest.nodes[place];
        const column = &self.columns[self.by_feature[@intFromEnum(Kind.coded)][node.feature]];
        const set = &self.forest.sets[@intFromFloat(node.value)];
        const total: u32 = @as(u32, column.distinct) + 2;
        var left: u32 = @intFromBool(node.flags & forests.missing_left != 0);
        for (set) |word| left += @popCount(word);
        const unless = left < total - left;
        if (out) |listed| {
            var count_: usize = 0;
            for (0..258) |code| {
                const place_ = column.places[code];
                const first = code == missing or code == other or place_ != column.distinct;
                const goes_left = if (code == missing) node.flags & forests.missing_left != 0 else code < 256 and contains(set, code);
                if (!first or goes_left != unless) continue;
                listed[count_] = @bitCast(place_);
                count_ += 1;
            }
        }
        return .{ .count = if (unless) left else total - left, .unless = @intFromBool(unless) };
    }
};

fn kindOf(flags: u16) Kind {
    if (flags & forests.coded != 0) return .coded;
    return if (flags & forests.missing_left != 0) .missing_low else .missing_high;
}

fn contains(set: *align(1) const forests.Set, code: usize) bool {
    return set[code / 32] >> @intCast(code % 32) & 1 == 1;
}

/// The leaves of one plane that a split strikes out, as bits.
fn bits(split: Builder.Struck, plane: usize) u8 {
    const low = @max(split.first, plane * 8);
    const high = @min(split.end, plane * 8 + 8);
    if (low >= high) return 0;
    const ones = (@as(u16, 1) << @intCast(high - low)) - 1;
    return @intCast(ones << @intCast(low - plane * 8));
}

fn lowerBound(thresholds: []const f64, value: f64) u8 {
    var place: usize = 0;
    while (thresholds[place] < value) place += 1;
    return @intCast(place);
}
