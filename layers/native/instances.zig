//! The body of a request, read straight into the slots that a model scores.

const std = @import("std");
const json = @import("json.zig");
const fields = @import("field.zig");
const ids = @import("ids.zig");
const Arena = @import("arena.zig").Arena;
const Bytes = @import("bytes.zig").Bytes;
const Fault = fields.Fault;
const Field = fields.Field;
const Scanner = json.Scanner;
const Vocabulary = @import("vocabulary.zig").Vocabulary;

/// What instances may hold; the target comes after all fields, and is passed over.
pub const Form = struct {
    fields: []const Field,
    names: Vocabulary = .{},
};

/// The cells of a row for its captured line: as they came, or from `first` on among those written.
const Kept = struct { as_came: ?[*]const u8, first: usize, len: usize };

/// One request; rows go to `slots` until there are `stride` of them, which `full` empties.
pub const Reading = struct {
    form: *const Form,
    scanner: Scanner,
    end: [*]const u8,
    arena: *Arena,
    most_rows: usize,
    captures: bool,
    slots: [*]f64,
    stride: usize,
    rows: usize = 0,
    held: usize = 0, // rows in the slots
    order: []u32, // which field was where in the instance before
    seen: []u32, // by field: in which row it was last, counted from one
    cells: [][]const u8, // by field, as they came
    strange: []u32,
    scratch: Bytes = .{},
    written: Bytes = .{}, // cells of rows that are not kept as they came
    kept: []Kept,
    ids: ?[]ids.Id = null,

    pub fn make(form: *const Form, arena: *Arena, body: [:0]const u8, most_rows: usize, captures: bool) !Reading {
        const count = form.fields.len;
        const order = try arena.make(u32, count + 1);
        for (order, 0..) |*field, place| field.* = @intCast(place);
        return .{
            .form = form,
            .scanner = .{ .at = body.ptr },
            .end = body.ptr + body.len,
            .arena = arena,
            .most_rows = most_rows,
            .captures = captures,
            .slots = undefined,
            .stride = 0,
            .order = order,
            .seen = try arena.filled(u32, count + 1, 0),
            .cells = try arena.make([]const u8, count + 1),
            .strange = try arena.filled(u32, count + 1, 0),
            .kept = try arena.make(Kept, if (captures) most_rows else 0),
        };
    }

    pub fn drop(self: *Reading) void {
        self.scratch.drop();
        self.written.drop();
    }

    /// Read all; `after.full` is called with each run of rows in the slots.
    pub fn run(self: *Reading, after: anytype) Fault!void {
        const scanner = &self.scanner;
        try scanner.expect('{');
        while (true) {
            scanner.skip();
            const name = try scanner.text();
            try scanner.expect(':');
            if (std.mem.eql(u8, name.raw, "instances")) {
                if (self.rows != 0) return error.Odd;
                try self.readInstances(after);
            } else if (std.mem.eql(u8, name.raw, "ids")) {
                if (self.ids != null) return error.Odd;
                self.ids = try ids.read(scanner, self.arena, self.most_rows);
            } else return error.Odd;
            if (!scanner.passes(',')) break;
        }
        try scanner.expect('}');
        scanner.skip();
        if (scanner.at != self.end or self.rows == 0) return error.Odd;
        if (self.ids) |given| try ids.check(given, self.arena, self.rows);
    }

    fn readInstances(self: *Reading, after: anytype) Fault!void {
        try self.scanner.expect('[');
        while (true) {
            if (self.rows == self.most_rows) return error.Odd;
            try self.readInstance(self.slots + self.held);
            self.rows += 1;
            self.held += 1;
            const more = self.scanner.passes(',');
            if (self.held == self.stride or !more) {
                after.full(self.rows - self.held, self.held);
                self.held = 0;
            }
            if (!more) return self.scanner.expect(']');
        }
    }

    fn readInstance(self: *Reading, slots: [*]f64) Fault!void {
        const scanner = &self.scanner;
        try scanner.expect('{');
        const began = scanner.at;
        const row: u32 = @intCast(self.rows + 1);
        var members: usize = 0;
        var known: usize = 0;
        if (!scanner.passes('}')) while (true) {
            scanner.skip();
            const place = try self.readName(members);
            members += 1;
            if (self.seen[place] == row) return error.Odd;
            self.seen[place] = row;
            try scanner.expect(':');
            scanner.skip();
            if (place < self.form.fields.len) {
                const start = scanner.at;
                const field = &self.form.fields[place];
                const value = try field.read(scanner, &self.scratch, &self.strange[place]);
                self.cells[place] = start[0 .. scanner.at - start];
                if (field.slot) |slot| slots[slot * self.stride] = value;
                known += 1;
            } else try self.passOver();
            if (scanner.passes(',')) continue;
            try scanner.expect('}');
            break;
        };
        const ended = scanner.at - 1;
        if (known < self.form.fields.len) try self.fill(slots, row);
        if (!self.captures) return;
        const as_came = began[0 .. ended - began];
        if (members == self.form.fields.len and known == members and isOneLine(as_came)) {
            self.kept[self.rows] = .{ .as_came = began, .first = 0, .len = as_came.len };
        } else try self.keep();
    }

    /// Which field a name is of; most clients write every instance in one order.
    inline fn readName(self: *Reading, members: usize) Fault!usize {
        const scanner = &self.scanner;
        const count = self.form.fields.len;
        if (members > count) return error.Odd;
        const likely = self.order[members];
        if (likely < count) {
            const field = &self.form.fields[likely];
            const name = field.name;
            if (field.is_plain and self.end - scanner.at > name.len + 2 and scanner.at[0] == '"' and
                scanner.at[name.len + 1] == '"' and std.mem.eql(u8, scanner.at[1 .. name.len + 1], name))
            {
                scanner.at += name.len + 2;
                return likely;
            }
        }
        const found = self.form.names.find(try fields.readText(scanner, &self.scratch)) orelse return error.Odd;
        self.order[members] = found;
        return found;
    }

    fn passOver(self: *Reading) Fault!void {
        const scanner = &self.scanner;
        switch (scanner.at[0]) {
            '"' => _ = try fields.readText(scanner, &self.scratch),
            'n' => if (!scanner.word("null")) return error.Odd,
            't' => if (!scanner.word("true")) return error.Odd,
            'f' => if (!scanner.word("false")) return error.Odd,
            else => _ = try @import("decimals.zig").read(scanner),
        }
    }

    fn fill(self: *Reading, slots: [*]f64, row: u32) Fault!void {
        for (self.form.fields, 0..) |*field, place| {
            if (self.seen[place] == row) continue;
            if (!field.nullable) return error.Odd;
            if (field.slot) |slot| slots[slot * self.stride] = field.missing;
            self.cells[place] = "null";
        }
    }

    /// Write the cells for a captured line.
    fn keep(self: *Reading) Fault!void {
        const first = self.written.len;
        for (self.form.fields, self.cells[0..self.form.fields.len], 0..) |*field, cell, place| {
            try self.written.reserve(field.member.len + cell.len + 1);
            if (place > 0) self.written.put(",");
            self.written.put(field.member);
            self.written.put(cell);
        }
        self.kept[self.rows] = .{ .as_came = null, .first = first, .len = self.written.len - first };
    }

    /// The cells of a row, as members of JSON on one line.
    pub fn features(self: *const Reading, row: usize) []const u8 {
        const kept = self.kept[row];
        if (kept.as_came) |cells| return cells[0..kept.len];
        return self.written.slice(kept.first, kept.first + kept.len);
    }
};

fn isOneLine(text: []const u8) bool {
    return std.mem.findScalar(u8, text, '\n') == null and std.mem.findScalar(u8, text, '\r') == null;
}
