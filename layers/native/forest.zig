//! Trees as the artifact lays them out, walked without branches on what a row holds.

const std = @import("std");

/// A leaf points to itself and asks for the feature after the last, which is less than any number.
/// `value` is a leaf's number or its place among the forest's rows of values, a threshold, or the
/// place of a set of codes. The right child is beside the left one.
pub const Node = extern struct { value: f64, left: u32, feature: u16, flags: u16 };
pub const missing_left: u16 = 1;
pub const coded: u16 = 2;

/// 256 bits: the codes that go left.
pub const Set = [8]u32;

pub const Forest = struct {
    nodes: []align(1) const Node,
    starts: []align(1) const u32,
    sets: []align(1) const Set,
    values: []align(1) const f64,
    inputs: []align(1) const u32,
    outputs: u32,
    has_sets: bool = false,

    /// Whether every walk ends inside: each child lies after its parent and in the same tree.
    pub fn check(self: *Forest) error{ TreeOutOfBounds, NodeOutsideItsTree, NodeWithoutMeaning }!void {
        if (self.starts.len < 1 or self.starts[0] != 0) return error.TreeOutOfBounds;
        const trees = self.starts.len - 1;
        if (self.starts[trees] != self.nodes.len or self.nodes.len > 1 << 31) return error.TreeOutOfBounds;
        if (self.outputs == 0) return error.TreeOutOfBounds;
        if (self.values.len == 0 and trees % self.outputs != 0) return error.TreeOutOfBounds;
        if (self.values.len % self.outputs != 0) return error.TreeOutOfBounds;
        for (0..trees) |tree| {
            const start = self.starts[tree];
            const end = self.starts[tree + 1];
            if (start >= end or end > self.nodes.len) return error.TreeOutOfBounds;
            try self.checkTree(start, end);
        }
    }

    fn checkTree(self: *Forest, start: u32, end: u32) error{ NodeOutsideItsTree, NodeWithoutMeaning }!void {
        const width = self.inputs.len;
        const leaves: f64 = @floatFromInt(self.values.len / self.outputs);
        const sets: f64 = @floatFromInt(self.sets.len);
        for (self.nodes[start..end], start..) |node, place| {
            if (node.left == place) {
                if (node.feature != width or node.flags != 0) return error.NodeWithoutMeaning;
                if (!std.math.isFinite(node.value)) return error.NodeWithoutMeaning;
                if (self.values.len > 0 and !isPlace(node.value, leaves)) return error.NodeWithoutMeaning;
                continue;
            }
            if (node.left <= place or node.left + 1 >= end) return error.NodeOutsideItsTree;
            if (node.feature >= width or node.flags > 3) return error.NodeWithoutMeaning;
            if (!std.math.isFinite(node.value)) return error.NodeWithoutMeaning;
            if (node.flags & coded == 0) continue;
            if (!isPlace(node.value, sets)) return error.NodeWithoutMeaning;
            self.has_sets = true;
        }
    }

    /// Room for the features of `rows` rows.
    pub fn room(self: Forest, rows: usize) usize {
        return rows * (self.inputs.len + 1);
    }

    /// Add the leaves of every tree, tree after tree, to outputs of `rows` rows.
    ///
    /// Feature f of row r is in `slots[inputs[f] * stride + r]`, output k of it in
    /// `out[k * stride + r]`; `matrix` has room.
    pub fn add(
        self: *const Forest,
        slots: [*]const f64,
        out: [*]f64,
        stride: usize,
        rows: usize,
        matrix: [*]f64,
    ) void {
        const plain = !self.pack(slots, stride, rows, matrix) and !self.has_sets;
        const width = self.inputs.len + 1;
        if (rows == 1) return if (plain) self.addRow(true, matrix, out, stride) else self.addRow(false, matrix, out, stride);
        var row: usize = 0;
        while (row < rows) : (row += @min(tile, rows - row)) {
            const count = @min(tile, rows - row);
            const part = matrix + row * width;
            if (plain) self.addRows(true, part, out + row, stride, count) else self.addRows(false, part, out + row, stride, count);
        }
    }

    const tile = 2048;

    /// The features row by row; whether one is missing.
    fn pack(self: *const Forest, slots: [*]const f64, stride: usize, rows: usize, matrix: [*]f64) bool {
        const width = self.inputs.len;
        var missing = false;
        for (self.inputs, 0..) |slot, feature| {
            const column = slots + slot * stride;
            for (0..rows) |row| {
                const cell = column[row];
                missing = missing or cell != cell;
                matrix[row * (width + 1) + feature] = cell;
            }
        }
        for (0..rows) |row| matrix[row * (width + 1) + width] = -std.math.inf(f64);
        return missing;
    }

    pub inline fn step(self: *const Forest, comptime plain: bool, at: u32, row: [*]const f64) u32 {
        const node = &self.nodes[at];
        const cell = row[node.feature];
        if (plain) return node.left + @intFromBool(cell > node.value);
        if (node.flags & coded != 0) return node.left + @intFromBool(!self.goesLeft(node, cell));
        const lost = cell != cell and node.flags & missing_left == 0;
        return node.left + @intFromBool(cell > node.value or lost);
    }

    fn goesLeft(self: *const Forest, node: *align(1) const Node, cell: f64) bool {
        if (cell != cell or cell < 0) return node.flags & missing_left != 0;
        if (cell >= 256 or cell != @floor(cell)) return false;
        const code: u32 = @intFromFloat(cell);
        const set = &self.sets[@intFromFloat(node.value)];
        return set[code / 32] >> @intCast(code % 32) & 1 == 1;
    }

    /// One row through several trees at once: a tree waits for memory while others go on.
    fn addRow(self: *const Forest, comptime plain: bool, row: [*]const f64, out: [*]f64, stride: usize) void {
        const lanes = 8;
        const trees = self.starts.len - 1;
        var tree: usize = 0;
        while (tree < trees) : (tree += lanes) {
            var at: [lanes]u32 = undefined;
            inline for (0..lanes) |lane| at[lane] = self.starts[@min(tree + lane, trees - 1)];
            var moved: u32 = 1;
            while (moved != 0) {
                moved = 0;
                inline for (0..lanes) |lane| {
                    const next = self.step(plain, at[lane], row);
                    moved |= next ^ at[lane];
                    at[lane] = next;
                }
            }
            for (0..@min(lanes, trees - tree)) |lane| self.settle(tree + lane, at[lane], out, stride);
        }
    }

    /// Many rows through one tree after the other, several rows at once.
    fn addRows(self: *const Forest, comptime plain: bool, matrix: [*]const f64, out: [*]f64, stride: usize, rows: usize) void {
        const lanes = 16;
        const width = self.inputs.len + 1;
        for (self.starts[0 .. self.starts.len - 1], 0..) |start, tree| {
            var first: usize = 0;
            while (first < rows) : (first += lanes) {
                var at: [lanes]u32 = @splat(start);
                var row: [lanes][*]const f64 = undefined;
                inline for (0..lanes) |lane| row[lane] = matrix + @min(first + lane, rows - 1) * width;
                var moved: u32 = 1;
                while (moved != 0) {
                    moved = 0;
                    inline for (0..lanes) |lane| {
                        const next = self.step(plain, at[lane], row[lane]);
                        moved |= next ^ at[lane];
                        at[lane] = next;
                    }
                }
                for (0..@min(lanes, rows - first)) |lane| self.settle(tree, at[lane], out + first + lane, stride);
            }
        }
    }

    /// Add what stands in a leaf.
    inline fn settle(self: *const Forest, tree: usize, leaf: u32, out: [*]f64, stride: usize) void {
        const value = self.nodes[leaf].value;
        if (self.values.len == 0) {
            out[tree % self.outputs * stride] += value;
            return;
        }
        const place = @as(usize, @intFromFloat(value)) * self.outputs;
        for (0..self.outputs) |k| out[k * stride] += self.values[place + k];
    }
};

fn isPlace(value: f64, count: f64) bool {
    return value >= 0 and value < count and value == @floor(value);
}
