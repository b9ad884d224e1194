//! The type `tidemill_native.scoring.Explainer`: a forest that says what each feature adds.

const builtin = @import("builtin");
const python = @import("python.zig");
const processor = @import("processor.zig");
const model = @import("model.zig");
const explain_ = @import("explain.zig");
const Arena = @import("arena.zig").Arena;
const Forest = @import("forest.zig").Forest;
const Node = @import("forest.zig").Node;
const Set = @import("forest.zig").Set;
const Explained = explain_.Explained;
const Object = python.Object;

pub extern fn explain_accelerated(*const Explained, [*]const f64, usize, [*]f64, [*]f64) void;

fn explainBaseline(of: *const Explained, row: [*]const f64, output: usize, gains: [*]f64, scratch: [*]f64) callconv(.c) void {
    of.add(row, output, gains[0..of.forest.inputs.len], scratch);
}

const borrowed = 5 + explain_.classes.len;

const Explainer = struct {
    arena: Arena = .{},
    arguments: *Object = undefined, // keeps alive all that is borrowed below
    views: [borrowed]python.View = undefined,
    view_count: usize = 0,
    explained: Explained = undefined,

    /// From (nodes, starts, sets, values, cover, width, outputs, points).
    fn make(arguments: *Object) !*Explainer {
        if (python.PyTuple_Size(arguments) != 8) return error.EightArgumentsWanted;
        var arena = Arena{};
        const self = &(arena.make(Explainer, 1) catch |fault| return fault)[0];
        python.Py_IncRef(arguments);
        self.* = .{ .arena = arena, .arguments = arguments };
        errdefer self.drop();
        const width = try model.small(try model.item(arguments, 5));
        if (width == 0 or width >= 1 << 16) return error.ForestTooWide;
        var forest = Forest{
            .nodes = try self.borrow(Node, try model.item(arguments, 0)),
            .starts = try self.borrow(u32, try model.item(arguments, 1)),
            .sets = try self.borrow(Set, try model.item(arguments, 2)),
            .values = try self.borrow(f64, try model.item(arguments, 3)),
            .inputs = try self.arena.filled(u32, width, 0),
            .outputs = try model.small(try model.item(arguments, 6)),
        };
        try forest.check();
        const cover = try self.borrow(f64, try model.item(arguments, 4));
        const lists = try model.item(arguments, 7);
        var points: [explain_.classes.len][]align(1) const f64 = undefined;
        for (&points, explain_.classes, 0..) |*own, count, k| {
            own.* = try self.borrow(f64, try model.item(lists, k));
            if (own.len != 2 * count) return error.PointsDoNotFit;
        }
        self.explained = try Explained.make(forest, cover, points, &self.arena);
        return self;
    }

    fn borrow(self: *Explainer, comptime T: type, from: *Object) ![]align(1) const T {
        const view = &self.views[self.view_count];
        if (python.PyObject_GetBuffer(from, view, 0) != 0) return error.Raised;
        self.view_count += 1;
        return model.values(T, view);
    }

    fn drop(self: *Explainer) void {
        for (self.views[0..self.view_count]) |*view| python.PyBuffer_Release(view);
        const arguments = self.arguments;
        var arena = self.arena;
        arena.drop();
        python.Py_DecRef(arguments);
    }

    fn base(self: *const Explainer, given: *Object) !*Object {
        const output = try model.small(given);
        if (output >= self.explained.forest.outputs) return error.OutputUnknown;
        var arena = Arena{};
        defer arena.drop();
        return python.PyFloat_FromDouble(try self.explained.base(output, &arena)) orelse error.Raised;
    }

    /// Fill the gains of a row's features with what they add to an output.
    fn explain(self: *const Explainer, row: *Object, given: *Object, gains: *Object) !void {
        const output = try model.small(given);
        if (output >= self.explained.forest.outputs) return error.OutputUnknown;
        var cells_view: python.View = undefined;
        if (python.PyObject_GetBuffer(row, &cells_view, 0) != 0) return error.Raised;
        defer python.PyBuffer_Release(&cells_view);
        var gains_view: python.View = undefined;
        if (python.PyObject_GetBuffer(gains, &gains_view, python.writable) != 0) return error.Raised;
        defer python.PyBuffer_Release(&gains_view);
        const width = self.explained.forest.inputs.len;
        const cells = model.values(f64, &cells_view);
        const out = @constCast(model.values(f64, &gains_view));
        if (cells.len != width or out.len != width) return error.RowDoesNotFit;
        var arena = Arena{};
        defer arena.drop();
        const work = try arena.filled(f64, 2 * width + self.explained.room(), 0);
        for (work[0..width], cells) |*into, cell| into.* = cell;
        const thread = python.PyEval_SaveThread();
        defer python.PyEval_RestoreThread(thread);
        const run = if (builtin.cpu.arch == .x86_64 and processor.hasAvx2()) &explain_accelerated else &explainBaseline;
        run(&self.explained, work.ptr, output, work.ptr + width, work.ptr + 2 * width);
        for (out, work[width .. 2 * width]) |*into, gain| into.* = gain;
    }
};

const Instance = extern struct { head: Object, explainer: *Explainer };

fn explainerOf(self: *Object) *Explainer {
    return @as(*Instance, @ptrCast(self)).explainer;
}

fn new(kind: *Object, arguments: *Object, _: ?*Object) callconv(.c) ?*Object {
    const explainer = Explainer.make(arguments) catch |fault| return python.fail(fault);
    const self = python.PyType_GenericAlloc(kind, 0) orelse {
        explainer.drop();
        return null;
    };
    @as(*Instance, @ptrCast(self)).explainer = explainer;
    return self;
}

fn dealloc(self: *Object) callconv(.c) void {
    const kind = self.kind;
    explainerOf(self).drop();
    python.PyObject_Free(self);
    python.Py_DecRef(kind);
}

fn base_(self: *Object, output: *Object) callconv(.c) ?*Object {
    return explainerOf(self).base(output) catch |fault| python.fail(fault);
}

fn explain(self: *Object, arguments: [*]const *Object, count: isize) callconv(.c) ?*Object {
    if (count != 3) return python.fail(error.ThreeArgumentsWanted);
    explainerOf(self).explain(arguments[0], arguments[1], arguments[2]) catch |fault| return python.fail(fault);
    python.Py_IncRef(python.none());
    return python.none();
}

fn work_(self: *Object, _: ?*Object) callconv(.c) ?*Object {
    return python.PyLong_FromSize_t(explainerOf(self).explained.work());
}

var methods = [_]python.Method{
    .{ .name = "work", .call = @ptrCast(&work_), .flags = python.no_argument },
    .{ .name = "base", .call = @ptrCast(&base_), .flags = python.one_argument },
    .{ .name = "explain", .call = @ptrCast(&explain), .flags = python.several_arguments },
    .{},
};
const parts = [_]python.Slot{
    .{ .id = python.tp_new, .value = @ptrCast(&new) },
    .{ .id = python.tp_dealloc, .value = @ptrCast(&dealloc) },
    .{ .id = python.tp_methods, .value = @ptrCast(&methods) },
    .{ .id = 0, .value = null },
};
pub const spec = python.Spec{
    .name = "tidemill_native.scoring.Explainer",
    .size = @sizeOf(Instance),
    .slots = &parts,
};
