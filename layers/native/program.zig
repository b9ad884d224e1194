//! A graph, lowered to a list of operations over a row's slots; slots are columns of many rows.

const std = @import("std");
const calendar = @import("calendar.zig");
const exponential = @import("exponential.zig").exponential;
const logarithm = @import("logarithm.zig").logarithm;
const Forest = @import("forest.zig").Forest;
const Planes = @import("planes.zig").Planes;
const Thicket = @import("thicket.zig").Thicket;

/// What an operation does to slot `target`; `s` is slot `source`, `t` the target itself.
pub const Code = enum(u16) {
    constant, // x
    fill, // s, or x where s is missing
    missing, // 1 where s is missing, else 0
    scale, // (s - x) / y
    clip, // s between x and y
    multiply, // s times slot `place`
    lookup, // numbers[place + s]; s is a code of an input
    single, // s as a 32-bit float
    add, // s + x
    times, // s * x
    over, // s / x
    accumulate, // t + s * x
    weigh, // `count` targets: t[k] + s * numbers[place + k]
    weigh_lookup, // `count` targets: t[k] + numbers[place + s * count + k]
    forest, // `count` targets: t[k] + the leaves of forest `place`
    exponential, // e to s
    logistic, // 2 targets: the probabilities of a raw score; slot `place`: the likelier
    softmax, // `count` targets, from as many sources; slot `place`: the likeliest
    greatest, // the place of the first greatest of `count` sources
    calendar, // part x of the moment s
    logarithm, // ln s
    at_least, // s, or x where that is greater
    at_most, // s, or x where that is less
    along, // the height at s of a line through x knots; numbers[place..]: where, then how high
    reaches, // 1 where s is at least x, else 0
    shares, // `count` targets, from as many sources: each over their sum
};

pub const Op = extern struct {
    code: u16,
    count: u16,
    target: u32,
    source: u32,
    place: u32,
    x: f64,
    y: f64,
};

pub const Program = struct {
    ops: []align(1) const Op,
    numbers: []align(1) const f64,
    slots: u32,
    codes: []const u32, // by slot: how many codes an input there has, 0 for a number
    forests: []Forest,
    planes: []?Planes,
    thickets: []?Thicket,

    pub const Fault = error{ OperationUnknown, SlotOutOfBounds, NumberOutOfBounds };

    /// Whether every operation stays within its slots, numbers and forests, and spares the inputs.
    pub fn check(self: Program) Fault!void {
        for (self.forests) |forest| {
            for (forest.inputs) |slot| if (slot >= self.slots) return error.SlotOutOfBounds;
        }
        for (self.ops) |op| {
            if (op.code > @intFromEnum(Code.shares)) return error.OperationUnknown;
            const code: Code = @enumFromInt(op.code);
            try self.checkSlots(code, op);
            switch (code) {
                .weigh => try self.within(op.place, op.count),
                .lookup => try self.within(op.place, try self.coded(op.source)),
                .weigh_lookup => try self.within(op.place, try self.coded(op.source) * op.count),
                .along => {
                    if (!(op.x >= 2 and op.x < 1e9)) return error.NumberOutOfBounds;
                    try self.within(op.place, 2 * @as(u64, @intFromFloat(op.x)));
                },
                .calendar => if (!(op.x >= 0 and op.x < 5)) return error.NumberOutOfBounds,
                .forest => if (op.place >= self.forests.len or self.forests[op.place].outputs != op.count) return error.NumberOutOfBounds,
                else => {},
            }
        }
    }

    fn checkSlots(self: Program, code: Code, op: Op) Fault!void {
        const makes: u64 = switch (code) {
            .weigh, .weigh_lookup, .forest, .softmax, .shares => op.count,
            .logistic => 2,
            else => 1,
        };
        const takes: u64 = switch (code) {
            .softmax, .greatest, .shares => op.count,
            else => 1,
        };
        if (makes == 0 or takes == 0) return error.SlotOutOfBounds;
        if (op.target + makes > self.slots or op.source + takes > self.slots) return error.SlotOutOfBounds;
        for (op.target..op.target + makes) |slot| if (self.codes[slot] != 0) return error.SlotOutOfBounds;
        switch (code) {
            .multiply => if (op.place >= self.slots) return error.SlotOutOfBounds,
            .logistic, .softmax => if (op.place >= self.slots or self.codes[op.place] != 0) return error.SlotOutOfBounds,
            else => {},
        }
    }

    fn within(self: Program, place: u64, count: u64) Fault!void {
        if (place + count > self.numbers.len) return error.NumberOutOfBounds;
    }

    fn coded(self: Program, source: u32) Fault!u64 {
        if (self.codes[source] == 0) return error.SlotOutOfBounds;
        return self.codes[source];
    }

    /// How many numbers `run` needs beside its slots, for so many rows.
    pub fn room(self: Program, rows: usize) usize {
        var most: usize = 0;
        for (self.forests, self.planes, self.thickets) |forest, planes, thicket| {
            most = @max(most, forest.room(rows));
            if (planes) |found| most = @max(most, found.room(rows));
            if (thicket) |found| most = @max(most, found.room(rows));
        }
        return most;
    }
};

/// Run every operation on `rows` rows; slot s of row r is `slots[s * stride + r]`.
pub inline fn run(program: *const Program, slots: [*]f64, stride: usize, rows: usize, scratch: [*]f64) void {
    for (program.ops) |*op| {
        const code: Code = @enumFromInt(op.code);
        const t = slots + op.target * stride;
        const s = slots + op.source * stride;
        const numbers = program.numbers.ptr + op.place;
        const x = op.x;
        const y = op.y;
        switch (code) {
            .constant => for (0..rows) |r| {
                t[r] = x;
            },
            .fill => for (0..rows) |r| {
                t[r] = if (s[r] != s[r]) x else s[r];
            },
            .missing => for (0..rows) |r| {
                t[r] = if (s[r] != s[r]) 1.0 else 0.0;
            },
            .scale => for (0..rows) |r| {
                t[r] = (s[r] - x) / y;
            },
            .clip => for (0..rows) |r| {
                const raised = if (x > s[r]) x else s[r];
                t[r] = if (y < raised) y else raised;
            },
            .multiply => {
                const other = slots + op.place * stride;
                for (0..rows) |r| t[r] = s[r] * other[r];
            },
            .lookup => for (0..rows) |r| {
                t[r] = numbers[@intFromFloat(s[r])];
            },
            .single => for (0..rows) |r| {
                t[r] = @as(f32, @floatCast(s[r]));
            },
            .add => for (0..rows) |r| {
                t[r] = s[r] + x;
            },
            .times => for (0..rows) |r| {
                t[r] = s[r] * x;
            },
            .over => for (0..rows) |r| {
                t[r] = s[r] / x;
            },
            .accumulate => for (0..rows) |r| {
                t[r] += s[r] * x;
            },
            .weigh => for (0..op.count) |k| {
                const weight = numbers[k];
                const sum = t + k * stride;
                for (0..rows) |r| sum[r] += s[r] * weight;
            },
            .weigh_lookup => for (0..rows) |r| {
                const found = numbers + @as(usize, @intFromFloat(s[r])) * op.count;
                for (0..op.count) |k| t[k * stride + r] += found[k];
            },
            .forest => {
                const forest = &program.forests[op.place];
                if (rows >= Planes.least_rows) if (program.planes[op.place]) |*planes| {
                    planes.add(slots, t, stride, rows, scratch);
                    continue;
                };
                if (rows >= Planes.least_rows) if (program.thickets[op.place]) |*thicket| {
                    if (thicket.add(slots, t, stride, rows, scratch)) continue;
                };
                forest.add(slots, t, stride, rows, scratch);
            },
            .exponential => for (0..rows) |r| {
                t[r] = exponential(s[r]);
            },
            .logistic => for (0..rows) |r| {
                const score = s[r];
                const power = exponential(-@abs(score));
                const positive = (if (score >= 0) @as(f64, 1.0) else power) / (1.0 + power);
                t[r] = 1.0 - positive;
                t[stride + r] = positive;
                slots[op.place * stride + r] = if (score > 0) 1.0 else 0.0;
            },
            .softmax => for (0..rows) |r| {
                const winner = greatest(s + r, stride, op.count);
                const top = s[winner * stride + r];
                var total: f64 = 0;
                for (0..op.count) |k| {
                    const power = exponential(s[k * stride + r] - top);
                    total += power;
                    t[k * stride + r] = power;
                }
                for (0..op.count) |k| t[k * stride + r] /= total;
                slots[op.place * stride + r] = @floatFromInt(winner);
            },
            .greatest => for (0..rows) |r| {
                t[r] = @floatFromInt(greatest(s + r, stride, op.count));
            },
            .calendar => for (0..rows) |r| {
                t[r] = calendar.part(s[r], @intFromFloat(x));
            },
            .logarithm => for (0..rows) |r| {
                t[r] = logarithm(s[r]);
            },
            .at_least => for (0..rows) |r| {
                t[r] = if (x > s[r]) x else s[r];
            },
            .at_most => for (0..rows) |r| {
                t[r] = if (x < s[r]) x else s[r];
            },
            .along => for (0..rows) |r| {
                t[r] = along(numbers, @intFromFloat(x), s[r]);
            },
            .reaches => for (0..rows) |r| {
                t[r] = if (s[r] >= x) 1.0 else 0.0;
            },
            .shares => for (0..rows) |r| {
                var total: f64 = 0;
                for (0..op.count) |k| total += s[k * stride + r];
                for (0..op.count) |k| t[k * stride + r] = s[k * stride + r] / total;
            },
        }
    }
}

fn greatest(s: [*]const f64, stride: usize, count: usize) usize {
    var winner: usize = 0;
    for (1..count) |k| {
        if (s[k * stride] > s[winner * stride]) winner = k;
    }
    return winner;
}

fn along(knots: [*]align(1) const f64, count: usize, x: f64) f64 {
    const heights = knots + count;
    if (x <= knots[0]) return heights[0];
    if (x >= knots[count - 1]) return heights[count - 1];
    var low: usize = 0;
    var high = count - 1;
    while (high - low > 1) {
        const middle = (low + high) / 2;
        if (x < knots[middle]) high = middle else low = middle;
    }
    return heights[low] + (x - knots[low]) * ((heights[low + 1] - heights[low]) / (knots[low + 1] - knots[low]));
}
