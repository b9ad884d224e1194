//! What answers the body of a request: a model, the fields of its instances, the look of answers.

const std = @import("std");
const answers = @import("answers.zig");
const fields = @import("field.zig");
const instances = @import("instances.zig");
const models = @import("model.zig");
const python = @import("python.zig");
const Answering = @import("answering.zig").Answering;
const Arena = @import("arena.zig").Arena;
const Field = fields.Field;
const Model = models.Model;
const Object = python.Object;
const Vocabulary = @import("vocabulary.zig").Vocabulary;
const item = models.item;
const size = models.size;
const small = models.small;

const most_instances = 10_000;
const held_long = 1 << 14; // bytes that are read while the GIL is held

pub const Reader = struct {
    arena: Arena = .{},
    arguments: *Object, // keeps alive all that is borrowed below
    model: *Model,
    form: instances.Form = .{ .fields = &.{} },
    look: answers.Look = .{ .labels = &.{}, .members = &.{} },

    /// From (kernel, fields, target, labels, members).
    pub fn make(arguments: *Object, model: *Model) !*Reader {
        var arena = Arena{};
        const self = &(arena.make(Reader, 1) catch |fault| {
            arena.drop();
            return fault;
        })[0];
        self.* = .{ .arena = arena, .arguments = arguments, .model = model };
        python.Py_IncRef(arguments);
        errdefer self.drop();
        try self.readFields(try item(arguments, 1), try text(try item(arguments, 2)));
        self.look = .{
            .labels = try self.texts(try item(arguments, 3)),
            .members = try self.texts(try item(arguments, 4)),
        };
        if (self.look.labels.len != model.labels.len or self.look.members.len != model.labels.len) return error.AnswersDoNotFitTheModel;
        return self;
    }

    pub fn drop(self: *Reader) void {
        const arguments = self.arguments;
        var arena = self.arena;
        arena.drop();
        python.Py_DecRef(arguments);
    }

    fn texts(self: *Reader, list: *Object) ![]const []const u8 {
        const made = try self.arena.make([]const u8, try size(list));
        for (made, 0..) |*each, k| each.* = try text(try item(list, k));
        return made;
    }

    fn readFields(self: *Reader, list: *Object, target: []const u8) !void {
        const made = try self.arena.make(Field, try size(list));
        const names = try self.arena.make([]const u8, made.len + 1);
        const taken = try self.arena.filled(bool, self.model.inputs.len, false);
        for (made, 0..) |*field, k| {
            field.* = try self.readField(try item(list, k), taken);
            names[k] = field.name;
        }
        for (taken) |is_taken| if (!is_taken) return error.InputWithoutField;
        names[made.len] = target;
        self.form = .{ .fields = made, .names = try Vocabulary.make(&self.arena, names) };
    }

    /// From (name, member, kind, flags, low, high, most characters, input, texts).
    fn readField(self: *Reader, parts: *Object, taken: []bool) !Field {
        const kind = try small(try item(parts, 2));
        if (kind > @backingInt(fields.Kind.text)) return error.FieldUnknown;
        const flags = try small(try item(parts, 3));
        const input = try small(try item(parts, 7));
        var field = Field{
            .name = try text(try item(parts, 0)),
            .is_plain = flags & 8 != 0,
            .member = try text(try item(parts, 1)),
            .kind = @fromBackingInt(@intCast(kind)),
            .nullable = flags & 1 != 0,
            .refuses = flags & 2 != 0,
            .is_open = flags & 4 != 0,
            .low = python.PyFloat_AsDouble(try item(parts, 4)),
            .high = python.PyFloat_AsDouble(try item(parts, 5)),
            .most_characters = try small(try item(parts, 6)),
        };
        if (python.PyErr_Occurred() != null) return error.Raised;
        try self.readTexts(&field, try item(parts, 8));
        if (input < taken.len) try self.connect(&field, input, taken);
        return field;
    }

    /// From ((text, code * 2 + whether it is listed), ...).
    fn readTexts(self: *Reader, field: *Field, list: *Object) !void {
        const count = try size(list);
        const known = try self.arena.make([]const u8, count);
        const codes = try self.arena.make(f64, count);
        const listed = try self.arena.make(bool, count);
        for (known, codes, listed, 0..) |*name, *code, *is_listed, k| {
            const pair = try item(list, k);
            const number = try small(try item(pair, 1));
            name.* = try text(try item(pair, 0));
            code.* = @floatFromInt(number / 2);
            is_listed.* = number % 2 == 1;
        }
        if (field.kind == .truth and count != 2) return error.TruthWithoutCodes;
        field.texts = try Vocabulary.make(&self.arena, known);
        field.codes = codes;
        field.listed = listed;
    }

    fn connect(self: *Reader, field: *Field, input: usize, taken: []bool) !void {
        const read = self.model.inputs[input];
        const coded = read.vocabulary != null;
        if (taken[input] or read.width != 1) return error.FieldDoesNotFitItsInput;
        taken[input] = true;
        switch (field.kind) {
            .number, .whole, .moment => if (coded) return error.FieldDoesNotFitItsInput,
            .category => if (!coded) return error.FieldDoesNotFitItsInput,
            .truth => {},
            .text => return error.FieldDoesNotFitItsInput,
        }
        field.slot = read.slot;
        if (!coded) return;
        field.unknown = @floatFromInt(read.known);
        field.missing = field.unknown + 1;
        for (field.codes) |code| if (code > field.unknown) return error.FieldDoesNotFitItsInput;
    }

    /// (document, lines, rows, strange cells by field or None), or None for others to answer.
    ///
    /// The frame: (opening, line, unique, threshold, parcel bytes, document bytes).
    pub fn answer(self: *const Reader, given: *Object, framed: *Object) !*Object {
        const body = text(given) catch {
            python.PyErr_Clear(); // half a surrogate pair has no UTF-8
            return none();
        };
        const frame = answers.Frame{
            .opening = try text(try item(framed, 0)),
            .line = try text(try item(framed, 1)),
            .unique = try text(try item(framed, 2)),
            .threshold = python.PyFloat_AsDouble(try item(framed, 3)),
            .parcel = try small(try item(framed, 4)),
        };
        const most_bytes = try small(try item(framed, 5));
        if (python.PyErr_Occurred() != null) return error.Raised;
        var arena = Arena{};
        defer arena.drop();
        const rows = @min(std.mem.count(u8, body, "{"), most_instances + 1);
        if (rows < 2) return none();
        var answering = try Answering.make(self, &arena, body, rows - 1, frame.threshold > 0);
        defer answering.drop();
        try self.model.prepare(rows - 1);
        const thread = if (body.len > held_long) python.PyEval_SaveThread() else null;
        const outcome = answering.run(&frame);
        if (thread) |saved| python.PyEval_RestoreThread(saved);
        outcome catch |fault| return if (fault == error.Odd) none() else fault;
        return if (answering.written.document.len > most_bytes) none() else answering.toPython();
    }
};

pub fn none() *Object {
    python.Py_IncRef(python.none());
    return python.none();
}

/// A str's UTF-8, which lives as long as it does and ends in a zero byte.
fn text(from: *Object) ![:0]const u8 {
    var length: isize = 0;
    const bytes = python.PyUnicode_AsUTF8AndSize(from, &length) orelse return error.Raised;
    return bytes[0..@intCast(length) :0];
}
