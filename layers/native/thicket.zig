//! Large trees for many rows of 32-bit floats at once, a node in eight bytes.
//!
//! Such a float is greater than a threshold just where it is greater than the last one below it.
//! A missing cell is less than any number in one column of its feature and greater than any in
//! another; a split reads the one for the side it sends the missing to, so a step has no branch.

const std = @import("std");
const builtin = @import("builtin");
const Arena = @import("arena.zig").Arena;
const forests = @import("forest.zig");
const Forest = forests.Forest;

const lanes = 8;
const at_once = 4; // groups of so many rows that are walked side by side
const tile = 2048;
const column_bits = 14; // of a column's place in bytes
const column_mask = (1 << column_bits) - 1;
const Lanes = [lanes]f32;
const Words = @Vector(lanes, u32);
const Cells = @Vector(lanes, f32);
const gathers = builtin.cpu.arch == .x86_64 and builtin.cpu.has(.x86, .avx2);

/// `link` is how far the left child is, and where the column is among a group's; a leaf is no
/// distance from itself and asks for the last column, which is less than any number. The bits of
/// `threshold` are a leaf's place among the forest's values.
const Node = extern struct { threshold: f32, link: u32 };

const Column = struct { slot: u32, missing: f32 };

pub const Thicket = struct {
    forest: *const Forest,
    nodes: []Node,
    columns: []Column,

    pub fn room(self: Thicket, rows: usize) usize {
        return (self.columns.len + 1) * groupCount(rows) * @sizeOf(Lanes) / @sizeOf(f64);
    }

    /// As Forest.add, if all cells are 32-bit floats; `scratch` has room.
    pub fn add(self: *const Thicket, slots: [*]const f64, out: [*]f64, stride: usize, rows: usize, scratch: [*]f64) bool {
        const groups: [*]Lanes = @ptrCast(scratch);
        if (!self.pack(slots, stride, rows, groups)) return false;
        var row: usize = 0;
        while (row < rows) : (row += tile) {
            self.addTile(groups + row / lanes * (self.columns.len + 1), out + row, stride, @min(tile, rows - row));
        }
        return true;
    }

    fn pack(self: *const Thicket, slots: [*]const f64, stride: usize, rows: usize, groups: [*]Lanes) bool {
        const width = self.columns.len + 1;
        for (self.columns, 0..) |column, place| {
            const cells = slots + column.slot * stride;
            var exact = true;
            for (0..groupCount(rows)) |group| {
                const into = &groups[group * width + place];
                for (into, 0..) |*cell, lane| {
                    const value = cells[@min(group * lanes + lane, rows - 1)];
                    const single: f32 = @floatCast(value);
                    exact = exact and (single == value or value != value);
                    cell.* = if (value != value) column.missing else single;
                }
            }
            if (!exact) return false;
        }
        for (0..groupCount(rows)) |group| groups[group * width + width - 1] = @splat(-std.math.inf(f32));
        return true;
    }

    fn addTile(self: *const Thicket, groups: [*]const Lanes, out: [*]f64, stride: usize, rows: usize) void {
        const width = self.columns.len + 1;
        for (self.forest.starts[0 .. self.forest.starts.len - 1], 0..) |start, tree| {
            var first: usize = 0;
            while (first < rows) : (first += lanes * at_once) {
                const found = self.walk(start, groups + first / lanes * width, width);
                for (0..@min(lanes * at_once, rows - first)) |row| self.settle(tree, found[row], out + first + row, stride);
            }
        }
    }

    /// The leaves of as many rows as are walked at once.
    inline fn walk(self: *const Thicket, start: u32, groups: [*]const Lanes, width: usize) [lanes * at_once]u32 {
        const nodes: [*]const u8 = @ptrCast(self.nodes.ptr);
        var at: [at_once]Words = @splat(@splat(start));
        while (true) {
            var links: Words = @splat(0);
            inline for (&at, 0..) |*places, group| {
                const cells: [*]const u8 = @ptrCast(groups + group * width);
                const thresholds: Cells = @bitCast(gather(8, nodes, places.*));
                const link = gather(8, nodes + 4, places.*);
                const own = link & @as(Words, @splat(column_mask)) | std.simd.iota(u32, lanes) * @as(Words, @splat(4));
                const greater = @as(Cells, @bitCast(gather(1, cells, own))) > thresholds;
                places.* += (link >> @splat(column_bits)) + @as(Words, @intFromBool(greater));
                links |= link;
            }
            if (@reduce(.Or, links) >> column_bits == 0) return @bitCast(at);
        }
    }

    inline fn settle(self: *const Thicket, tree: usize, leaf: u32, out: [*]f64, stride: usize) void {
        const forest = self.forest;
        if (forest.values.len == 0) {
            out[tree % forest.outputs * stride] += forest.nodes[leaf].value;
            return;
        }
        const place: usize = @as(u32, @bitCast(self.nodes[leaf].threshold));
        for (forest.values[place * forest.outputs ..][0..forest.outputs], 0..) |value, k| out[k * stride] += value;
    }

    /// The thicket of a forest; nothing where it has sets, or is too wide or too large.
    pub fn build(forest: *const Forest, arena: *Arena) error{OutOfMemory}!?Thicket {
        const width = forest.inputs.len;
        if (forest.has_sets or 2 * width >= (1 << column_bits) / @sizeOf(Lanes)) return null;
        const columns = try arena.make(Column, 2 * width);
        for (columns, 0..) |*column, k| column.* = .{
            .slot = forest.inputs[k / 2],
            .missing = if (k % 2 == 0) std.math.inf(f32) else -std.math.inf(f32),
        };
        const nodes = try arena.make(Node, forest.nodes.len);
        for (forest.nodes, nodes, 0..) |*from, *node, place| {
            const is_leaf = from.left == place;
            const distance = from.left - place;
            if (distance >= 1 << 32 - column_bits) return null;
            const column = if (is_leaf) columns.len else 2 * @as(usize, from.feature) + (from.flags & forests.missing_left);
            node.link = @intCast(distance << column_bits | column * @sizeOf(Lanes));
            if (is_leaf and forest.values.len > 0) {
                node.threshold = @bitCast(@as(u32, @intFromFloat(from.value)));
                continue;
            }
            node.threshold = roundedDown(from.value);
        }
        return .{ .forest = forest, .nodes = nodes, .columns = columns };
    }
};

/// The greatest 32-bit float that is not above a number.
fn roundedDown(value: f64) f32 {
    const nearest: f32 = @floatCast(value);
    return if (nearest > value) std.math.nextAfter(f32, nearest, -std.math.inf(f32)) else nearest;
}

fn groupCount(rows: usize) usize {
    return (rows + lanes * at_once - 1) / (lanes * at_once) * at_once;
}

/// The words at so many times `scale` bytes from a base.
inline fn gather(comptime scale: comptime_int, base: [*]const u8, places: Words) Words {
    if (gathers) {
        var mask: Words = @splat(0xFFFF_FFFF);
        return asm volatile (std.fmt.comptimePrint("vpgatherdd %[mask], (%[base],%[places],{d}), %[found]", .{scale})
            : [found] "=&x" (-> Words),
              [mask] "+x" (mask),
            : [base] "r" (base),
              [places] "x" (places),
            : .{ .memory = true });
    }
    var found: [lanes]u32 = undefined;
    inline for (0..lanes) |lane| found[lane] = @as(*const u32, @ptrCast(@alignCast(base + @as(usize, places[lane]) * scale))).*;
    return found;
}
