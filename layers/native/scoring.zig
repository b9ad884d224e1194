//! The extension module `tidemill_native.scoring`: a model's kernel, over Python's stable ABI.

const builtin = @import("builtin");
const python = @import("python.zig");
const processor = @import("processor.zig");
const programs = @import("program.zig");
const models = @import("model.zig");
const explainer = @import("explainer.zig");
const Object = python.Object;
const fail = python.fail;
const Model = models.Model;
const Answerer = @import("reader.zig").Reader;

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

const Reader = extern struct { head: Object, reader: *Answerer };

fn readerOf(self: *Object) *Answerer {
    return @as(*Reader, @ptrCast(self)).reader;
}

fn newReader(kind: *Object, arguments: *Object, _: ?*Object) callconv(.c) ?*Object {
    if (python.PyTuple_Size(arguments) != 5) return fail(error.FiveArgumentsWanted);
    const kernel = python.PyTuple_GetItem(arguments, 0) orelse return null;
    if (kernel.kind != kernel_kind) return fail(error.KernelWanted);
    const reader = Answerer.make(arguments, modelOf(kernel)) catch |fault| return fail(fault);
    const self = python.PyType_GenericAlloc(kind, 0) orelse {
        reader.drop();
        return null;
    };
    @as(*Reader, @ptrCast(self)).reader = reader;
    return self;
}

fn deallocReader(self: *Object) callconv(.c) void {
    const kind = self.kind;
    readerOf(self).drop();
    python.PyObject_Free(self);
    python.Py_DecRef(kind);
}

fn answer(self: *Object, arguments: [*]const *Object, count: isize) callconv(.c) ?*Object {
    if (count != 2) return fail(error.TwoArgumentsWanted);
    return readerOf(self).answer(arguments[0], arguments[1]) catch |fault| fail(fault);
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
var reader_methods = [_]python.Method{
    .{ .name = "answer", .call = @ptrCast(&answer), .flags = python.several_arguments },
    .{},
};
const reader_parts = [_]python.Slot{
    .{ .id = python.tp_new, .value = @ptrCast(&newReader) },
    .{ .id = python.tp_dealloc, .value = @ptrCast(&deallocReader) },
    .{ .id = python.tp_methods, .value = @ptrCast(&reader_methods) },
    .{ .id = 0, .value = null },
};
const reader_spec = python.Spec{
    .name = "tidemill_native.scoring.Reader",
    .size = @sizeOf(Reader),
    .slots = &reader_parts,
};
var module = python.Module{ .name = "tidemill_native.scoring" };
var kernel_kind: ?*Object = null;

export fn PyInit_scoring() ?*Object {
    const made = python.PyModule_Create2(&module, 3) orelse return null;
    kernel_kind = python.PyType_FromSpec(&spec) orelse return null;
    const reader_kind = python.PyType_FromSpec(&reader_spec) orelse return null;
    if (python.PyModule_AddObjectRef(made, "Kernel", kernel_kind.?) != 0) return null;
    if (python.PyModule_AddObjectRef(made, "Reader", reader_kind) != 0) return null;
    const explaining = python.PyType_FromSpec(&explainer.spec) orelse return null;
    if (python.PyModule_AddObjectRef(made, "Explainer", explaining) != 0) return null;
    return made;
}
