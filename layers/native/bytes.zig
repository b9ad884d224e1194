//! Bytes that grow at their end.

const std = @import("std");
const python = @import("python.zig");

pub const Bytes = struct {
    start: ?[*]u8 = null,
    len: usize = 0,
    room: usize = 0,

    /// Have room for so many bytes more.
    pub inline fn reserve(self: *Bytes, more: usize) error{OutOfMemory}!void {
        if (self.room - self.len < more) try self.grow(more);
    }

    fn grow(self: *Bytes, more: usize) error{OutOfMemory}!void {
        const wanted = @max(self.len + more, self.room * 2, 1024);
        if (wanted > 1 << 40) return error.OutOfMemory;
        self.start = @ptrCast(python.PyMem_RawRealloc(self.start, wanted) orelse return error.OutOfMemory);
        self.room = wanted;
    }

    /// Append what there is room for.
    pub inline fn put(self: *Bytes, text: []const u8) void {
        @memcpy(self.start.?[self.len..][0..text.len], text);
        self.len += text.len;
    }

    pub fn append(self: *Bytes, text: []const u8) error{OutOfMemory}!void {
        try self.reserve(text.len);
        self.put(text);
    }

    pub fn slice(self: *const Bytes, first: usize, end: usize) []const u8 {
        std.debug.assert(first <= end and end <= self.len);
        return if (self.start) |start| start[first..end] else &.{};
    }

    pub fn drop(self: *Bytes) void {
        python.PyMem_RawFree(self.start);
    }
};
