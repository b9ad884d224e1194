//! The extension module `tidemill_native.scoring`: a model's kernel, over Python's stable ABI.

const builtin = @import("builtin");
const python = @import("python.zig");
const processor = @import("processor.zig");
const programs = @import("program.zig");
const models = @import("model.zig");
const Object = python.Object;
const Model = models.Model;

extern fn run_accelerated(*const programs.Program, [*]f64, usize, usize, [*]f64) void;

fn run_baseline(
    of: *const programs.Program,
    slots: [*]f64,
    stride: usize,
    rows: usize,
    scratch: [*]f64,
) callconv(.c) void {
    programs.run(of, slots, stride, rows, scratch);
}

const Kernel = extern struct { head: Object, model: *Model };

fn modelOf(self: *Object) *Model {
    return @as(*Kernel, @ptrCast(self)).model;
}

fn new(kind: *Object, arguments: *Object, _: ?*Object) callconv(.c) ?*Object {
    const runner = if (builtin.cpu.arch == .x86_64 and processor.hasAvx2()) &run_accelerated else &run_baseline;
    const model = Model.make(arguments, runner) catch |fault| return fail(fault);
    const self = python.PyType_GenericAlloc(kind, 0) orelse {
        model.drop();
        return null;
    };
    @as(*Kernel, @ptrCast(self)).model = model;
    return self;
}

fn dealloc(self: *Object) callconv(.c) void {
    const kind = self.kind;
    modelOf(self).drop();
    python.PyObject_Free(self);
    python.Py_DecRef(kind);
}

fn predict(self: *Object, rows: *Object) callconv(.c) ?*Object {
    return modelOf(self).predict(rows) catch |fault| fail(fault);
}

fn predictOne(self: *Object, row: *Object) callconv(.c) ?*Object {
    return modelOf(self).predictOne(row) catch |fault| fail(fault);
}

fn score(self: *Object, arguments: [*]const *Object, count: isize) callconv(.c) ?*Object {
    if (count != 3) return fail(error.ThreeArgumentsWanted);
    modelOf(self).score(arguments[0], arguments[1], arguments[2]) catch |fault| return fail(fault);
    python.Py_IncRef(python.none());
    return python.none();
}

/// Raise what Python has not raised already.
fn fail(fault: anyerror) ?*Object {
    if (python.PyErr_Occurred() != null) return null;
    const kind = if (fault == error.OutOfMemory) python.PyExc_MemoryError else python.PyExc_ValueError;
    python.PyErr_SetString(kind, @errorName(fault));
    return null;
}

var methods = [_]python.Method{
    .{ .name = "predict", .call = @ptrCast(&predict), .flags = python.one_argument },
    .{ .name = "predict_one", .call = @ptrCast(&predictOne), .flags = python.one_argument },
    .{ .name = "score", .call = @ptrCast(&score), .flags = python.several_arguments },
    .{},
};
const parts = [_]python.Slot{
    .{ .id = python.tp_new, .value = @ptrCast(&new) },
    .{ .id = python.tp_dealloc, .value = @ptrCast(&dealloc) },
    .{ .id = python.tp_methods, .value = @ptrCast(&methods) },
    .{ .id = 0, .value = null },
};
const spec = python.Spec{
    .name = "tidemill_native.scoring.Kernel",
    .size = @sizeOf(Kernel),
    .slots = &parts,
};
var module = python.Module{ .name = "tidemill_native.scoring" };

export fn PyInit_scoring() ?*Object {
    const made = python.PyModule_Create2(&module, 3) orelse return null;
    const kind = python.PyType_FromSpec(&spec) orelse return null;
    if (python.PyModule_AddObjectRef(made, "Kernel", kind) != 0) return null;
    return made;
}
