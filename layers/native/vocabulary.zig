//! Texts and where each stands, found by what they are.

const std = @import("std");
const Arena = @import("arena.zig").Arena;

pub const Vocabulary = struct {
    texts: []const []const u8 = &.{},
    table: []const u32 = &.{}, // places plus one, at most half of them taken

    pub fn make(arena: *Arena, texts: []const []const u8) error{OutOfMemory}!Vocabulary {
        const size = std.math.ceilPowerOfTwo(usize, 2 * texts.len + 2) catch return error.OutOfMemory;
        const table = try arena.filled(u32, size, 0);
        for (texts, 1..) |text, place| {
            var at = hash(text) & (size - 1);
            while (table[at] != 0) at = (at + 1) & (size - 1);
            table[at] = @intCast(place);
        }
        return .{ .texts = texts, .table = table };
    }

    pub fn find(self: *const Vocabulary, text: []const u8) ?u32 {
        const mask = self.table.len -% 1;
        if (self.table.len == 0) return null;
        var at = hash(text) & mask;
        while (self.table[at] != 0) : (at = (at + 1) & mask) {
            const place = self.table[at] - 1;
            if (std.mem.eql(u8, self.texts[place], text)) return place;
        }
        return null;
    }
};

fn hash(text: []const u8) usize {
    return @truncate(std.hash.Wyhash.hash(0, text));
}

/// Whether no text is there twice. Where texts collide depends on an address that no caller knows.
pub fn distinct(arena: *Arena, texts: []const []const u8) error{OutOfMemory}!bool {
    const size = std.math.ceilPowerOfTwo(usize, 2 * texts.len + 2) catch return error.OutOfMemory;
    const table = try arena.filled(u32, size, 0);
    const seed = @intFromPtr(table.ptr);
    for (texts, 1..) |text, place| {
        var at: usize = @truncate(std.hash.Wyhash.hash(seed, text) & (size - 1));
        while (table[at] != 0) : (at = (at + 1) & (size - 1)) {
            if (std.mem.eql(u8, texts[table[at] - 1], text)) return false;
        }
        table[at] = @intCast(place);
    }
    return true;
}
