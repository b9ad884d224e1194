//! What the scoring kernel asks of Python: a part of its stable ABI, as of 3.13.

pub const Object = extern struct { count: isize, kind: *Object };
pub const View = extern struct {
    bytes: ?[*]u8,
    owner: ?*Object,
    size: isize,
    item_size: isize,
    readonly: c_int,
    dimensions: c_int,
    format: ?[*:0]const u8,
    shape: ?[*]isize,
    strides: ?[*]isize,
    suboffsets: ?[*]isize,
    internal: ?*anyopaque,
};
pub const Method = extern struct {
    name: ?[*:0]const u8 = null,
    call: ?*const anyopaque = null,
    flags: c_int = 0,
    doc: ?[*:0]const u8 = null,
};
pub const Module = extern struct {
    head: [5]usize = .{ 1, 0, 0, 0, 0 },
    name: [*:0]const u8,
    doc: ?[*:0]const u8 = null,
    size: isize = -1,
    methods: ?[*]Method = null,
    rest: [4]?*anyopaque = .{ null, null, null, null },
};
pub const Slot = extern struct { id: c_int, value: ?*const anyopaque };
pub const Spec = extern struct {
    name: [*:0]const u8,
    size: c_int,
    item_size: c_int = 0,
    flags: c_uint = 0,
    slots: [*]const Slot,
};

pub const no_argument: c_int = 0x04;
pub const one_argument: c_int = 0x08;
pub const several_arguments: c_int = 0x80;
pub const tp_dealloc: c_int = 52;
pub const tp_doc: c_int = 56;
pub const tp_methods: c_int = 64;
pub const tp_new: c_int = 65;
pub const writable: c_int = 1;
const is_text: c_ulong = 1 << 28;

pub extern var PyFloat_Type: Object;
pub extern var PyLong_Type: Object;
pub extern var PyDict_Type: Object;
pub extern var PyExc_ValueError: *Object;
pub extern var PyExc_MemoryError: *Object;

pub extern fn Py_IncRef(?*Object) void;
pub extern fn Py_DecRef(?*Object) void;
pub extern fn Py_GetConstantBorrowed(c_uint) *Object;
pub extern fn PyBuffer_Release(*View) void;
pub extern fn PyBytes_FromStringAndSize(?[*]const u8, isize) ?*Object;
pub extern fn PyDict_GetItemWithError(*Object, *Object) ?*Object;
pub extern fn PyDict_New() ?*Object;
pub extern fn PyDict_SetItem(*Object, *Object, *Object) c_int;
pub extern fn PyDict_Size(*Object) isize;
pub extern fn PyDict_Update(*Object, *Object) c_int;
pub extern fn PyErr_Clear() void;
pub extern fn PyErr_Occurred() ?*Object;
pub extern fn PyErr_SetString(*Object, [*:0]const u8) void;
pub extern fn PyEval_RestoreThread(*anyopaque) void;
pub extern fn PyEval_SaveThread() *anyopaque;
pub extern fn PyFloat_AsDouble(*Object) f64;
pub extern fn PyFloat_FromDouble(f64) ?*Object;
pub extern fn PyList_New(isize) ?*Object;
pub extern fn PyList_SetItem(*Object, isize, *Object) c_int;
pub extern fn PyLong_AsLong(*Object) c_long;
pub extern fn PyLong_FromSize_t(usize) ?*Object;
pub extern fn PyMem_RawFree(?*anyopaque) void;
pub extern fn PyMem_RawMalloc(usize) ?*anyopaque;
pub extern fn PyMem_RawRealloc(?*anyopaque, usize) ?*anyopaque;
pub extern fn PyModule_AddObjectRef(*Object, [*:0]const u8, *Object) c_int;
pub extern fn PyModule_Create2(*Module, c_int) ?*Object;
pub extern fn PyNumber_Float(*Object) ?*Object;
pub extern fn PyObject_GetBuffer(*Object, *View, c_int) c_int;
pub extern fn PyObject_Vectorcall(*Object, [*]const *Object, usize, ?*Object) ?*Object;
pub extern fn PySequence_GetItem(*Object, isize) ?*Object;
pub extern fn PySequence_Size(*Object) isize;
pub extern fn PyTuple_GetItem(*Object, isize) ?*Object;
pub extern fn PyTuple_Size(*Object) isize;
pub extern fn PyType_FromSpec(*const Spec) ?*Object;
pub extern fn PyType_GenericAlloc(*Object, isize) ?*Object;
pub extern fn PyType_GetFlags(*Object) c_ulong;
pub extern fn PyObject_Free(*Object) void;
pub extern fn PyUnicode_AsUTF8AndSize(*Object, *isize) ?[*]const u8;
pub extern fn PyUnicode_FromStringAndSize(?[*]const u8, isize) ?*Object;

pub fn none() *Object {
    return Py_GetConstantBorrowed(0);
}

pub fn isText(object: *Object) bool {
    return PyType_GetFlags(object.kind) & is_text != 0;
}

/// Raise what Python has not raised already.
pub fn fail(fault: anyerror) ?*Object {
    if (PyErr_Occurred() != null) return null;
    const kind = if (fault == error.OutOfMemory) PyExc_MemoryError else PyExc_ValueError;
    PyErr_SetString(kind, @errorName(fault));
    return null;
}
