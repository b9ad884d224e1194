//! One field of a request's instances: what its cells may be, and the numbers that stand for them.

const std = @import("std");
const decimals = @import("decimals.zig");
const json = @import("json.zig");
const moments = @import("moments.zig");
const Bytes = @import("bytes.zig").Bytes;
const Scanner = json.Scanner;
const Vocabulary = @import("vocabulary.zig").Vocabulary;

pub const Fault = error{ Odd, OutOfMemory };

pub const Kind = enum(u32) {
    number, // within bounds
    whole, // such a number without a fraction
    truth,
    category, // a text, of a list or of any
    moment, // a text in ISO 8601
    text, // of no interest
};

pub const Field = struct {
    name: []const u8,
    is_plain: bool, // the name is spelt in JSON as it is
    member: []const u8, // how a captured line begins it: its name in JSON and a colon
    kind: Kind,
    nullable: bool,
    refuses: bool, // what training never saw
    is_open: bool, // any category is as good as those of the list
    low: f64,
    high: f64,
    most_characters: usize,
    slot: ?u32 = null, // none where the model does not read it
    missing: f64 = std.math.nan(f64),
    unknown: f64 = 0,
    texts: Vocabulary = .{},
    codes: []const f64 = &.{}, // by text; of a truth: when false, when true
    listed: []const bool = &.{},

    /// The number of a cell that begins here; `strange` counts what training never saw.
    pub inline fn read(self: *const Field, scanner: *Scanner, scratch: *Bytes, strange: *u32) Fault!f64 {
        if (scanner.at[0] == 'n') return if (self.nullable and scanner.word("null")) self.missing else error.Odd;
        return switch (self.kind) {
            .number, .whole => self.readNumber(scanner, strange),
            .truth => if (scanner.word("true")) self.codes[1] else if (scanner.word("false")) self.codes[0] else error.Odd,
            .category => self.readCategory(try readText(scanner, scratch), strange),
            .moment => moments.seconds(try readText(scanner, scratch)),
            .text => self.readFree(try readText(scanner, scratch)),
        };
    }

    inline fn readNumber(self: *const Field, scanner: *Scanner, strange: *u32) Fault!f64 {
        const value = try decimals.read(scanner);
        if (self.kind == .whole and value != @floor(value)) return error.Odd;
        if (value >= self.low and value <= self.high) return value;
        if (self.refuses) return error.Odd;
        strange.* += 1;
        return self.missing;
    }

    fn readCategory(self: *const Field, text: []const u8, strange: *u32) Fault!f64 {
        const place = self.texts.find(text);
        const is_listed = if (place) |found| self.listed[found] else false;
        if (!is_listed and !self.is_open) {
            if (self.refuses) return error.Odd;
            strange.* += 1;
        }
        return if (place) |found| self.codes[found] else self.unknown;
    }

    fn readFree(self: *const Field, text: []const u8) Fault!f64 {
        if (text.len > self.most_characters and json.characters(text) > self.most_characters) return error.Odd;
        return self.missing;
    }
};

/// A text that begins here, without its escapes; `scratch` holds it until it is used again.
pub inline fn readText(scanner: *Scanner, scratch: *Bytes) Fault![]const u8 {
    const text = try scanner.text();
    if (text.plain) return text.raw;
    scratch.len = 0;
    try scratch.reserve(text.raw.len);
    return json.unescaped(text.raw, scratch.start.?[0..text.raw.len]);
}
