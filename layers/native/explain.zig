//! What each feature adds to the sum of a forest's leaves: exact Shapley values.
//!
//! A feature that is not known is averaged out by the training rows that went either way, as
//! path-dependent TreeSHAP does (Lundberg et al., 2020). The Shapley value is the integral over t
//! from 0 to 1 of a derivative of the multilinear extension (Owen, 1972): a leaf adds, to feature i,
//! (o_i - z_i) times the product over the path's other features j of t o_j + (1 - t) z_j, where z
//! is the share of rows that a feature's splits let through and o whether this row goes through.
//! That is a polynomial, so Gauss's quadrature with half as many points as there are features on a
//! path is exact; nothing is subtracted in it, so that depth costs no digits.

const std = @import("std");
const Arena = @import("arena.zig").Arena;
const Forest = @import("forest.zig").Forest;

pub const most_depth = 128;

/// How many points there are for trees whose paths hold at most twice as many features.
pub const classes = [_]usize{ 4, 8, 16, 32, 64 };

const most_lanes = 8;

/// Of a feature, on the way to a node: the share of rows that came so far, and whether this one did.
const Passed = struct { share: f64 = 1, follows: f64 = 1, splits: u32 = 0 };

/// A row, which of a forest's sums is explained, and what is added and worked on meanwhile.
const Job = struct { row: [*]const f64, output: usize, gains: []f64, passed: []Passed, parts: [*]f64 };

pub const Explained = struct {
    forest: Forest,
    shares: []f64, // of a node: how much of its parent's rows came to it
    class: []u8, // of a tree
    points: [classes.len][]align(1) const f64, // the points, then their weights

    pub const Fault = error{ CoverDoesNotFit, TreeTooDeep, OutOfMemory };

    /// From a checked forest and the weight of the training rows at each node.
    pub fn make(forest: Forest, cover: []align(1) const f64, points: [classes.len][]align(1) const f64, arena: *Arena) Fault!Explained {
        const trees = forest.starts.len - 1;
        if (cover.len != forest.nodes.len) return error.CoverDoesNotFit;
        const self = Explained{
            .forest = forest,
            .shares = try arena.filled(f64, cover.len, 1),
            .class = try arena.make(u8, trees),
            .points = points,
        };
        for (forest.nodes, 0..) |node, place| {
            if (!(cover[place] > 0 and cover[place] < std.math.inf(f64))) return error.CoverDoesNotFit;
            if (node.left == place) continue;
            const both = cover[node.left] + cover[node.left + 1];
            for (node.left..node.left + 2) |child| self.shares[child] = cover[child] / both;
        }
        const splits = try arena.filled(u32, forest.inputs.len, 0);
        for (self.class, forest.starts[0..trees]) |*class, start| {
            const features = try self.measure(start, splits, 0);
            class.* = 0;
            while (features > 2 * classes[class.*]) class.* += 1;
        }
        return self;
    }

    /// The most features that a path below a node holds.
    fn measure(self: *const Explained, at: u32, splits: []u32, depth: u32) Fault!u32 {
        const node = self.forest.nodes[at];
        if (node.left == at) return 0;
        if (depth == most_depth) return error.TreeTooDeep;
        splits[node.feature] += 1;
        defer splits[node.feature] -= 1;
        const left = try self.measure(node.left, splits, depth + 1);
        const right = try self.measure(node.left + 1, splits, depth + 1);
        return @max(left, right) + @intFromBool(splits[node.feature] == 1);
    }

    /// What the trees add to an output, on the average of the training rows.
    pub fn base(self: *const Explained, output: usize, arena: *Arena) error{OutOfMemory}!f64 {
        const mean = try arena.make(f64, self.shares.len);
        var place = mean.len;
        while (place > 0) {
            place -= 1;
            const left = self.forest.nodes[place].left;
            mean[place] = if (left == place) self.leaf(left, output) else self.shares[left] * mean[left] + self.shares[left + 1] * mean[left + 1];
        }
        var total: f64 = 0;
        for (self.forest.starts[0..self.class.len], 0..) |start, tree| {
            if (self.adds(tree, output)) total += mean[start];
        }
        return total;
    }

    /// How many nodes `add` visits, each as often as its tree is gone through.
    pub fn work(self: *const Explained) usize {
        var total: usize = 0;
        for (self.class, self.forest.starts[0..self.class.len], self.forest.starts[1..]) |class, start, end| {
            total += (end - start) * @max(classes[class] / most_lanes, 1);
        }
        return total;
    }

    /// Numbers that `add` works with.
    pub fn room(self: *const Explained) usize {
        return self.forest.inputs.len * (most_lanes + @sizeOf(Passed) / @sizeOf(f64));
    }

    /// Add what each feature of a row adds to an output; `scratch` has room.
    pub inline fn add(self: *const Explained, row: [*]const f64, output: usize, gains: []f64, scratch: [*]f64) void {
        const width = gains.len;
        const job = Job{
            .row = row,
            .output = output,
            .gains = gains,
            .passed = @as([*]Passed, @ptrCast(scratch))[0..width],
            .parts = scratch + width * @sizeOf(Passed) / @sizeOf(f64),
        };
        @memset(job.passed, .{});
        for (classes, self.points, 0..) |count, points, class| {
            if (std.mem.indexOfScalar(u8, self.class, @intCast(class)) == null) continue;
            var first: usize = 0;
            while (first < count) : (first += most_lanes) {
                const known = points.ptr + first;
                if (count < most_lanes) {
                    self.addFrom(4, class, known[0..4].*, known[count..][0..4].*, job);
                } else {
                    self.addFrom(most_lanes, class, known[0..most_lanes].*, known[count..][0..most_lanes].*, job);
                }
            }
        }
    }

    /// Add what trees of a class add, as seen from some of its points.
    inline fn addFrom(self: *const Explained, comptime lanes: usize, class: usize, known: @Vector(lanes, f64), weights: @Vector(lanes, f64), job: Job) void {
        const parts = @as([*][lanes]f64, @ptrCast(job.parts))[0..job.gains.len];
        @memset(parts, @splat(0));
        var walk = Walk(lanes){
            .of = self,
            .row = job.row,
            .output = job.output,
            .passed = job.passed,
            .gains = parts,
            .known = known,
            .averaged = @as(@Vector(lanes, f64), @splat(1)) - known,
        };
        for (self.class, self.forest.starts[0..self.class.len], 0..) |its, from, tree| {
            if (its != class or !self.adds(tree, job.output)) continue;
            if (self.forest.nodes[from].left != from) _ = walk.visit(from, weights);
        }
        for (job.gains, parts) |*gain, own| {
            for (own) |part| gain.* += part;
        }
    }

    inline fn adds(self: *const Explained, tree: usize, output: usize) bool {
        return self.forest.values.len > 0 or tree % self.forest.outputs == output;
    }

    inline fn leaf(self: *const Explained, at: usize, output: usize) f64 {
        const value = self.forest.nodes[at].value;
        if (self.forest.values.len == 0) return value;
        return self.forest.values[@as(usize, @intFromFloat(value)) * self.forest.outputs + output];
    }
};

/// A row on its way through trees, seen from so many points at once.
fn Walk(comptime lanes: usize) type {
    const Points = @Vector(lanes, f64);
    const one: Points = @splat(1);
    return struct {
        of: *const Explained,
        row: [*]const f64,
        output: usize,
        passed: []Passed,
        gains: [][lanes]f64,
        known: Points,
        averaged: Points,

        /// The leaves below a split, each by the factors that are yet to come; gains on the way.
        fn visit(self: *@This(), at: u32, product: Points) Points {
            const node = &self.of.forest.nodes[at];
            const passed = &self.passed[node.feature];
            const before = passed.*;
            const again = before.splits > 0;
            const undo = if (again) one / self.factor(before) else one;
            const others = if (again) product * undo else product;
            const hot = self.of.forest.step(false, at, self.row);
            var sum: Points = @splat(0);
            var gain: Points = @splat(0);
            inline for (.{ node.left, node.left + 1 }) |child| {
                const now = Passed{
                    .share = before.share * self.of.shares[child],
                    .follows = if (child == hot) before.follows else 0,
                    .splits = before.splits + 1,
                };
                const own = self.factor(now);
                passed.* = now;
                const below = if (self.of.forest.nodes[child].left == child)
                    @as(Points, @splat(self.of.leaf(child, self.output)))
                else
                    self.visit(child, others * own);
                sum += own * below;
                gain += below * @as(Points, @splat(now.follows - now.share));
            }
            passed.* = before;
            if (again) {
                sum *= undo;
                gain -= sum * @as(Points, @splat(before.follows - before.share));
            }
            self.gains[node.feature] = @as(Points, self.gains[node.feature]) + gain * others;
            return sum;
        }

        inline fn factor(self: *const @This(), passed: Passed) Points {
            return self.known * @as(Points, @splat(passed.follows)) + self.averaged * @as(Points, @splat(passed.share));
        }
    };
}
