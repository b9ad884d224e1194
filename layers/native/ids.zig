//! The ids of a request's rows.

const json = @import("json.zig");
const vocabularies = @import("vocabulary.zig");
const Arena = @import("arena.zig").Arena;
const Fault = @import("field.zig").Fault;

const most_characters = 128;

/// `plain` where JSON spells it as it is.
pub const Id = struct { text: []const u8, plain: bool };

/// A list that begins here, of so many at most.
pub fn read(scanner: *json.Scanner, arena: *Arena, most: usize) Fault![]Id {
    const ids = try arena.make(Id, most);
    try scanner.expect('[');
    var count: usize = 0;
    while (true) {
        scanner.skip();
        if (count == ids.len) return error.Odd;
        const text = try scanner.text();
        ids[count] = .{ .text = text.raw, .plain = text.plain };
        if (!text.plain) ids[count].text = try json.unescaped(text.raw, try arena.make(u8, text.raw.len));
        count += 1;
        if (!scanner.passes(',')) break;
    }
    try scanner.expect(']');
    return ids[0..count];
}

/// Odd: not one for each row, an empty one, one that is too long, one that is there twice.
pub fn check(ids: []const Id, arena: *Arena, rows: usize) Fault!void {
    if (ids.len != rows) return error.Odd;
    const texts = try arena.make([]const u8, ids.len);
    for (ids, texts) |id, *text| {
        if (id.text.len == 0) return error.Odd;
        if (id.text.len > most_characters and json.characters(id.text) > most_characters) return error.Odd;
        text.* = id.text;
    }
    if (!try vocabularies.distinct(arena, texts)) return error.Odd;
}
