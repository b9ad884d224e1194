//! A model: its program, what it reads of a row, and how its answers look to Python.

const std = @import("std");
const python = @import("python.zig");
const programs = @import("program.zig");
const Arena = @import("arena.zig").Arena;
const forests = @import("forest.zig");
const Planes = @import("planes.zig").Planes;
const Thicket = @import("thicket.zig").Thicket;
const Object = python.Object;

pub const Runner = *const fn (*const programs.Program, [*]f64, usize, usize, [*]f64) callconv(.c) void;

const Input = struct {
    name: *Object,
    slot: u32,
    width: u32,
    vocabulary: ?*Object, // of a category: its codes
    reader: ?*Object, // of what is no number: what makes numbers of it
    known: u32, // how many categories have a code
};

const block_numbers = 1 << 17; // 1 MB of slots: they are to stay near the processor
const most_rows = 2048;
const local_numbers = 4096;
const most_slots = 1 << 20;

pub const Model = struct {
    arena: Arena = .{},
    arguments: *Object = undefined, // keeps alive all that is borrowed below
    views: []python.View,
    view_count: usize = 0,
    inputs: []Input = &.{},
    program: programs.Program = undefined,
    labels: []*Object = &.{},
    names: []*Object = &.{},
    first: u32 = 0,
    winner: u32 = 0,
    answer: *Object = undefined,
    spell: *Object = undefined,
    block: usize = 1,
    prepared: bool = false,
    run: Runner = undefined,

    /// From (operations, numbers, slots, inputs, forests, result, labels, names, answer, spell).
    pub fn make(arguments: *Object, runner: Runner) !*Model {
        if (python.PyTuple_Size(arguments) != 10) return error.TenArgumentsWanted;
        const forest_list = try item(arguments, 4);
        const forest_count = try size(forest_list);
        var arena = Arena{};
        const self = start(&arena, 2 + 5 * forest_count) catch |fault| {
            arena.drop();
            return fault;
        };
        python.Py_IncRef(arguments);
        self.arena = arena;
        self.arguments = arguments;
        self.run = runner;
        errdefer self.drop();
        try self.read(arguments, forest_list, forest_count);
        return self;
    }

    fn start(arena: *Arena, views: usize) !*Model {
        const self = &(try arena.make(Model, 1))[0];
        self.* = .{ .views = try arena.make(python.View, views) };
        return self;
    }

    fn read(self: *Model, arguments: *Object, forest_list: *Object, forest_count: usize) !void {
        const arena = &self.arena;
        const slots = try small(try item(arguments, 2));
        if (slots > most_slots) return error.TooManySlots;
        const codes = try arena.filled(u32, slots, 0);
        try self.readInputs(try item(arguments, 3), codes);
        self.program = .{
            .ops = try self.borrow(programs.Op, try item(arguments, 0)),
            .numbers = try self.borrow(f64, try item(arguments, 1)),
            .slots = slots,
            .codes = codes,
            .forests = try arena.make(forests.Forest, forest_count),
            .planes = try arena.filled(?Planes, forest_count, null),
            .thickets = try arena.filled(?Thicket, forest_count, null),
        };
        for (self.program.forests, 0..) |*forest, k| {
            const parts = try item(forest_list, k);
            forest.* = .{
                .nodes = try self.borrow(forests.Node, try item(parts, 0)),
                .starts = try self.borrow(u32, try item(parts, 1)),
                .sets = try self.borrow(forests.Set, try item(parts, 2)),
                .values = try self.borrow(f64, try item(parts, 3)),
                .inputs = try self.borrow(u32, try item(parts, 4)),
                .outputs = try small(try item(parts, 5)),
            };
            try forest.check();
        }
        try self.program.check();
        self.block = std.math.clamp(block_numbers / @max(self.program.slots, 1), 64, most_rows);
        try self.readAnswers(arguments);
    }

    fn readInputs(self: *Model, list: *Object, codes: []u32) !void {
        self.inputs = try self.arena.make(Input, try size(list));
        for (self.inputs, 0..) |*input, k| {
            const parts = try item(list, k);
            const vocabulary = try optional(parts, 3);
            const known = if (vocabulary) |found_| python.PyDict_Size(found_) else 0;
            if (known < 0 or known > most_slots) return error.VocabularyTooLarge;
            input.* = .{
                .name = try item(parts, 0),
                .slot = try small(try item(parts, 1)),
                .width = try small(try item(parts, 2)),
                .vocabulary = vocabulary,
                .reader = try optional(parts, 4),
                .known = @intCast(known),
            };
            if (input.width == 0 or @as(u64, input.slot) + input.width > codes.len) return error.SlotOutOfBounds;
            if (vocabulary != null and input.width != 1) return error.SlotOutOfBounds;
            if (vocabulary != null) codes[input.slot] = input.known + 2;
        }
        for (self.inputs, 0..) |input, k| {
            for (codes[input.slot..][0..input.width]) |code| {
                if ((code != 0) != (input.vocabulary != null)) return error.SlotOutOfBounds;
            }
            for (self.inputs[0..k]) |other| if (other.slot == input.slot) return error.SlotOutOfBounds;
        }
    }

    fn readAnswers(self: *Model, arguments: *Object) !void {
        const result = try item(arguments, 5);
        self.first = try small(try item(result, 0));
        self.winner = try small(try item(result, 1));
        self.labels = try self.objects(try item(arguments, 6));
        self.names = try self.objects(try item(arguments, 7));
        self.answer = try item(arguments, 8);
        self.spell = try item(arguments, 9);
        const slots: u64 = self.program.slots;
        if (self.first + @max(self.labels.len, 1) > slots or self.winner >= slots) return error.ResultOutOfBounds;
        if (self.names.len != self.labels.len) return error.LabelsWithoutNames;
    }

    fn objects(self: *Model, list: *Object) ![]*Object {
        const made = try self.arena.make(*Object, try size(list));
        for (made, 0..) |*object, k| object.* = try item(list, k);
        return made;
    }

    fn borrow(self: *Model, comptime T: type, from: *Object) ![]align(1) const T {
        const view = &self.views[self.view_count];
        if (python.PyObject_GetBuffer(from, view, 0) != 0) return error.Raised;
        self.view_count += 1;
        return values(T, view);
    }

    fn release(self: *Model) void {
        for (self.views[0..self.view_count]) |*view| python.PyBuffer_Release(view);
    }

    pub fn drop(self: *Model) void {
        self.release();
        const arguments = self.arguments;
        var arena = self.arena;
        arena.drop();
        python.Py_DecRef(arguments);
    }

    pub fn width(self: *const Model) usize {
        return @max(self.labels.len, 1);
    }

    /// Lay trees out for many rows, when these first come; the GIL is held.
    pub fn prepare(self: *Model, rows: usize) !void {
        if (self.prepared or rows < Planes.least_rows) return;
        const program = &self.program;
        for (program.forests, program.planes, program.thickets) |*forest, *planes, *thicket| {
            planes.* = try Planes.build(forest, &self.arena);
            if (planes.* == null) thicket.* = try Thicket.build(forest, &self.arena);
        }
        self.prepared = true;
    }

    /// The answer for one row, a mapping.
    pub fn predictOne(self: *const Model, row: *Object) !*Object {
        var local: [local_numbers]f64 = undefined;
        const slots: usize = self.program.slots;
        var work = try Work.make(&local, slots + self.program.room(1));
        defer work.drop();
        try self.readRow(row, work.numbers, 1);
        self.run(&self.program, work.numbers, 1, 1, work.numbers + slots);
        return self.toAnswer(work.numbers, 1);
    }

    /// A list of answers for a sequence of rows.
    pub fn predict(self: *Model, rows: *Object) !*Object {
        const count = try size(rows);
        try self.prepare(count);
        const answers = python.PyList_New(@intCast(count)) orelse return error.Raised;
        errdefer python.Py_DecRef(answers);
        var local: [local_numbers]f64 = undefined;
        const stride = @min(self.block, @max(count, 1));
        const slots = self.program.slots * stride;
        var work = try Work.make(&local, slots + self.program.room(stride));
        defer work.drop();
        var first: usize = 0;
        while (first < count) : (first += stride) {
            const part = @min(stride, count - first);
            for (0..part) |r| {
                const row = python.PySequence_GetItem(rows, @intCast(first + r)) orelse return error.Raised;
                defer python.Py_DecRef(row);
                try self.readRow(row, work.numbers + r, stride);
            }
            self.run(&self.program, work.numbers, stride, part, work.numbers + slots);
            for (0..part) |r| {
                const made = try self.toAnswer(work.numbers + r, stride);
                if (python.PyList_SetItem(answers, @intCast(first + r), made) != 0) return error.Raised;
            }
        }
        return answers;
    }

    /// Outputs row by row, and the places of the winners, for columns of numbers and of codes.
    pub fn score(self: *Model, columns: *Object, outputs: *Object, winners: *Object) !void {
        var arena = Arena{};
        defer arena.drop();
        if (try size(columns) != self.inputs.len) return error.ColumnsDoNotFitTheInputs;
        const views = try arena.make(python.View, self.inputs.len + 2);
        var held: usize = 0;
        defer for (views[0..held]) |*view| python.PyBuffer_Release(view);
        for (views, 0..) |*view, k| {
            const from = if (k < self.inputs.len) try item(columns, k) else if (k == self.inputs.len) outputs else winners;
            const flags = if (k < self.inputs.len) 0 else python.writable;
            if (python.PyObject_GetBuffer(from, view, flags) != 0) return error.Raised;
            held += 1;
        }
        const out = values(f64, &views[self.inputs.len]);
        const won = values(u32, &views[self.inputs.len + 1]);
        if (out.len != won.len * self.width()) return error.OutputsDoNotFitTheRows;
        for (self.inputs, views[0..self.inputs.len]) |input, view| {
            const cell: usize = if (input.vocabulary == null) @sizeOf(f64) else @sizeOf(i32);
            if (input.width != 1) return error.ColumnsDoNotFitTheInputs;
            if (view.size != won.len * cell) return error.ColumnsDoNotFitTheRows;
        }
        try self.prepare(won.len);
        const stride = @min(self.block, @max(won.len, 1));
        const slots = self.program.slots * stride;
        const work = try arena.make(f64, slots + self.program.room(stride));
        const thread = python.PyEval_SaveThread();
        defer python.PyEval_RestoreThread(thread);
        var first: usize = 0;
        while (first < won.len) : (first += stride) {
            const part = @min(stride, won.len - first);
            self.readColumns(views, work.ptr, stride, first, part);
            self.run(&self.program, work.ptr, stride, part, work.ptr + slots);
            self.write(work.ptr, stride, part, @constCast(out[first * self.width() ..]), @constCast(won[first..]));
        }
    }

    fn readColumns(self: *const Model, views: []const python.View, slots: [*]f64, stride: usize, first: usize, rows: usize) void {
        for (self.inputs, views[0..self.inputs.len]) |input, *view| {
            const slot = slots + input.slot * stride;
            if (input.vocabulary == null) {
                for (values(f64, view)[first..][0..rows], 0..) |cell, r| slot[r] = cell;
                continue;
            }
            for (values(i32, view)[first..][0..rows], 0..) |code, r| {
                const place: u32 = if (code == -1) input.known + 1 else if (code < 0 or code >= input.known) input.known else @intCast(code);
                slot[r] = @floatFromInt(place);
            }
        }
    }

    pub fn write(self: *const Model, slots: [*]const f64, stride: usize, rows: usize, out: []align(1) f64, won: []align(1) u32) void {
        for (0..self.width()) |k| {
            const from = slots + (self.first + k) * stride;
            for (0..rows) |r| out[r * self.width() + k] = from[r];
        }
        const winner = slots + self.winner * stride;
        for (0..rows) |r| won[r] = if (self.labels.len == 0) 0 else self.winnerOf(winner[r]);
    }

    /// A winner as a place among the labels, whatever a program made of it.
    fn winnerOf(self: *const Model, winner: f64) u32 {
        const most: f64 = @floatFromInt(self.labels.len - 1);
        return if (winner >= 0 and winner <= most) @intFromFloat(winner) else 0;
    }

    fn readRow(self: *const Model, given: *Object, slots: [*]f64, stride: usize) !void {
        const row = if (given.kind == &python.PyDict_Type) given else try copied(given);
        defer if (row != given) python.Py_DecRef(row);
        for (self.inputs) |input| {
            const cell = try found(row, input.name);
            const into = slots + input.slot * stride;
            if (input.vocabulary) |vocabulary| {
                into[0] = @floatFromInt(try self.codeOf(input, vocabulary, cell));
            } else if (input.reader) |reader| {
                try readWith(reader, cell orelse python.none(), into, stride, input.width);
            } else {
                into[0] = try number(cell);
            }
        }
    }

    /// The number, or the buffer of as many numbers as there are slots, that a reader makes.
    fn readWith(reader: *Object, cell: *Object, into: [*]f64, stride: usize, count: usize) !void {
        const made = python.PyObject_Vectorcall(reader, &.{cell}, 1, null) orelse return error.Raised;
        defer python.Py_DecRef(made);
        if (made.kind == &python.PyFloat_Type) {
            if (count != 1) return error.ReaderGaveTooLittle;
            into[0] = python.PyFloat_AsDouble(made);
            return;
        }
        var view: python.View = undefined;
        if (python.PyObject_GetBuffer(made, &view, 0) != 0) return error.Raised;
        defer python.PyBuffer_Release(&view);
        const numbers = values(f64, &view);
        if (numbers.len != count) return error.ReaderGaveTooLittle;
        for (numbers, 0..) |value, k| into[k * stride] = value;
    }

    fn codeOf(self: *const Model, input: Input, vocabulary: *Object, given: ?*Object) !u32 {
        const cell = given orelse return input.known + 1;
        if (python.isText(cell)) return lookUp(input, vocabulary, cell);
        if (cell == python.none()) return input.known + 1;
        if (cell.kind == &python.PyFloat_Type) {
            const value = python.PyFloat_AsDouble(cell);
            if (value != value) return input.known + 1;
        }
        const text = python.PyObject_Vectorcall(self.spell, &.{cell}, 1, null) orelse return error.Raised;
        defer python.Py_DecRef(text);
        return lookUp(input, vocabulary, text);
    }

    fn lookUp(input: Input, vocabulary: *Object, text: *Object) !u32 {
        const place_ = try found(vocabulary, text) orelse return input.known;
        const value = python.PyLong_AsLong(place_);
        return if (value < 0 or value >= input.known) input.known else @intCast(value);
    }

    fn toAnswer(self: *const Model, slots: [*]const f64, stride: usize) !*Object {
        if (self.labels.len == 0) {
            const value = python.PyFloat_FromDouble(slots[self.first * stride]) orelse return error.Raised;
            defer python.Py_DecRef(value);
            return python.PyObject_Vectorcall(self.answer, &.{ value, python.none() }, 2, null) orelse error.Raised;
        }
        const shares = python.PyDict_New() orelse return error.Raised;
        defer python.Py_DecRef(shares);
        for (self.names, 0..) |name, k| {
            const share = python.PyFloat_FromDouble(slots[(self.first + k) * stride]) orelse return error.Raised;
            defer python.Py_DecRef(share);
            if (python.PyDict_SetItem(shares, name, share) != 0) return error.Raised;
        }
        const label = self.labels[self.winnerOf(slots[self.winner * stride])];
        return python.PyObject_Vectorcall(self.answer, &.{ label, shares }, 2, null) orelse error.Raised;
    }
};

/// Numbers to work with: local ones where they suffice.
const Work = struct {
    arena: Arena = .{},
    numbers: [*]f64,

    fn make(local: *[local_numbers]f64, count: usize) !Work {
        if (count <= local_numbers) return .{ .numbers = local };
        var arena = Arena{};
        const numbers = (try arena.make(f64, count)).ptr;
        return .{ .arena = arena, .numbers = numbers };
    }

    fn drop(self: *Work) void {
        self.arena.drop();
    }
};

pub fn values(comptime T: type, view: *const python.View) []align(1) const T {
    const bytes = view.bytes orelse return &.{};
    const count = @as(usize, @intCast(view.size)) / @sizeOf(T);
    return @as([*]align(1) const T, @ptrCast(bytes))[0..count];
}

pub fn item(tuple: *Object, place: usize) !*Object {
    return python.PyTuple_GetItem(tuple, @intCast(place)) orelse error.Raised;
}

fn optional(tuple: *Object, place: usize) !?*Object {
    const object = try item(tuple, place);
    return if (object == python.none()) null else object;
}

pub fn size(sequence: *Object) !usize {
    const count = python.PySequence_Size(sequence);
    if (count < 0) return error.Raised;
    return @intCast(count);
}

pub fn small(number_: *Object) !u32 {
    const value = python.PyLong_AsLong(number_);
    if (value == -1 and python.PyErr_Occurred() != null) return error.Raised;
    if (value < 0 or value > 1 << 31) return error.NumberOutOfBounds;
    return @intCast(value);
}

fn found(mapping: *Object, key: *Object) !?*Object {
    const value = python.PyDict_GetItemWithError(mapping, key);
    if (value == null and python.PyErr_Occurred() != null) return error.Raised;
    return value;
}

fn number(given: ?*Object) !f64 {
    const cell = given orelse return std.math.nan(f64);
    if (cell == python.none()) return std.math.nan(f64);
    if (cell.kind == &python.PyFloat_Type) return python.PyFloat_AsDouble(cell);
    const float = python.PyNumber_Float(cell) orelse return error.Raised;
    defer python.Py_DecRef(float);
    return python.PyFloat_AsDouble(float);
}

fn copied(mapping: *Object) !*Object {
    const made = python.PyDict_New() orelse return error.Raised;
    errdefer python.Py_DecRef(made);
    if (python.PyDict_Update(made, mapping) != 0) return error.Raised;
    return made;
}
