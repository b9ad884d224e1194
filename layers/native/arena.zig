//! Memory that is given back all at once.

const python = @import("python.zig");

pub const Arena = struct {
    last: ?*Chunk = null,

    const Chunk = struct { before: ?*Chunk };
    const header = 16;

    pub fn make(self: *Arena, comptime T: type, count: usize) error{OutOfMemory}![]T {
        if (count > 1 << 34) return error.OutOfMemory;
        const bytes = python.PyMem_RawMalloc(header + count * @sizeOf(T)) orelse return error.OutOfMemory;
        const chunk: *Chunk = @ptrCast(@alignCast(bytes));
        chunk.* = .{ .before = self.last };
        self.last = chunk;
        const first: [*]u8 = @as([*]u8, @ptrCast(bytes)) + header;
        return @as([*]T, @ptrCast(@alignCast(first)))[0..count];
    }

    pub fn filled(self: *Arena, comptime T: type, count: usize, value: T) error{OutOfMemory}![]T {
        const made = try self.make(T, count);
        @memset(made, value);
        return made;
    }

    pub fn drop(self: *Arena) void {
        while (self.last) |chunk| {
            self.last = chunk.before;
            python.PyMem_RawFree(chunk);
        }
    }
};
