//! One request on its way from its body to its answer.

const std = @import("std");
const answers = @import("answers.zig");
const fields = @import("field.zig");
const instances = @import("instances.zig");
const python = @import("python.zig");
const readers = @import("reader.zig");
const Arena = @import("arena.zig").Arena;
const Object = python.Object;
const Reader = readers.Reader;
const none = readers.none;

pub const Answering = struct {
    reader: *const Reader,
    reading: instances.Reading,
    written: answers.Answers = .{},
    work: [*]f64,
    outputs: []f64,
    winners: []u32,

    pub fn make(reader: *const Reader, arena: *Arena, body: [:0]const u8, rows: usize, captures: bool) !Answering {
        const model = reader.model;
        const stride = @min(model.block, rows);
        const slots = model.program.slots * stride;
        const work = (try arena.make(f64, slots + model.program.room(stride))).ptr;
        var reading = try instances.Reading.make(&reader.form, arena, body, rows, captures);
        reading.slots = work;
        reading.stride = stride;
        return .{
            .reader = reader,
            .reading = reading,
            .work = work,
            .outputs = try arena.make(f64, rows * model.width()),
            .winners = try arena.make(u32, rows),
        };
    }

    pub fn drop(self: *Answering) void {
        self.reading.drop();
        self.written.drop();
    }

    pub fn run(self: *Answering, frame: *const answers.Frame) fields.Fault!void {
        try self.reading.run(self);
        try self.written.write(frame, &self.reader.look, &self.reading, self.outputs, self.winners);
    }

    /// Score the rows in the slots.
    pub fn full(self: *Answering, first: usize, count: usize) void {
        const model = self.reader.model;
        const stride = self.reading.stride;
        model.run(&model.program, self.work, stride, count, self.work + model.program.slots * stride);
        model.write(self.work, stride, count, self.outputs[first * model.width() ..], self.winners[first..]);
    }

    pub fn toPython(self: *const Answering) !*Object {
        const made = python.PyList_New(4) orelse return error.Raised;
        errdefer python.Py_DecRef(made);
        const document = self.written.document;
        try put(made, 0, python.PyUnicode_FromStringAndSize(document.start.?, @intCast(document.len)));
        try put(made, 1, try self.parcels());
        try put(made, 2, python.PyLong_FromSize_t(self.reading.rows));
        try put(made, 3, try self.strange());
        return made;
    }

    fn parcels(self: *const Answering) !*Object {
        const written = &self.written;
        const count = written.parcels.len / @sizeOf(usize);
        const made = python.PyList_New(@intCast(count)) orelse return error.Raised;
        errdefer python.Py_DecRef(made);
        var first: usize = 0;
        for (0..count) |k| {
            const end = written.parcel(k);
            try put(made, k, python.PyBytes_FromStringAndSize(written.lines.start.? + first, @intCast(end - first)));
            first = end;
        }
        return made;
    }

    fn strange(self: *const Answering) !*Object {
        const counts = self.reading.strange[0..self.reader.form.fields.len];
        if (std.mem.allEqual(u32, counts, 0)) return none();
        const made = python.PyList_New(@intCast(counts.len)) orelse return error.Raised;
        errdefer python.Py_DecRef(made);
        for (counts, 0..) |count, k| try put(made, k, python.PyLong_FromSize_t(count));
        return made;
    }
};

fn put(list: *Object, place: usize, made: ?*Object) !void {
    if (python.PyList_SetItem(list, @intCast(place), made orelse return error.Raised) != 0) return error.Raised;
}
