//! JSON taken apart strictly (RFC 8259); a zero byte ends it, which no valid text holds.
//!
//! What is odd in any way is not repaired and not explained: others do that.

pub const Fault = error{Odd};

/// What stands between two quotes; `plain` without an escape.
pub const Text = struct { raw: []const u8, plain: bool };

const ordinary = blk: {
    var table: [256]bool = @splat(true);
    for (0..32) |byte| table[byte] = false;
    table['"'] = false;
    table['\\'] = false;
    break :blk table;
};

/// A place in a document; it never passes the zero byte at the end.
pub const Scanner = struct {
    at: [*:0]const u8,

    pub inline fn skip(self: *Scanner) void {
        while (self.at[0] <= ' ') : (self.at += 1) switch (self.at[0]) {
            ' ', '\t', '\n', '\r' => {},
            else => return,
        };
    }

    /// Pass a byte, if it is the next one after white space.
    pub inline fn passes(self: *Scanner, byte: u8) bool {
        self.skip();
        if (self.at[0] != byte) return false;
        self.at += 1;
        return true;
    }

    pub inline fn expect(self: *Scanner, byte: u8) Fault!void {
        if (!self.passes(byte)) return error.Odd;
    }

    /// Pass a word that begins here.
    pub inline fn word(self: *Scanner, comptime letters: []const u8) bool {
        inline for (letters, 0..) |letter, k| if (self.at[k] != letter) return false;
        self.at += letters.len;
        return true;
    }

    /// A text that begins here; its escapes are not looked at.
    pub inline fn text(self: *Scanner) Fault!Text {
        if (self.at[0] != '"') return error.Odd;
        self.at += 1;
        const start = self.at;
        var plain = true;
        while (true) {
            while (ordinary[self.at[0]]) self.at += 1;
            if (self.at[0] == '"') break;
            if (self.at[0] != '\\' or self.at[1] == 0) return error.Odd;
            plain = false;
            self.at += 2;
        }
        self.at += 1;
        return .{ .raw = start[0 .. self.at - start - 1], .plain = plain };
    }
};

/// A text without its escapes, written to as many bytes; half a surrogate pair is odd.
pub fn unescaped(raw: []const u8, into: []u8) Fault![]u8 {
    var from: usize = 0;
    var to: usize = 0;
    while (from < raw.len) {
        if (raw[from] != '\\') {
            into[to] = raw[from];
            from += 1;
            to += 1;
            continue;
        }
        if (from + 1 >= raw.len) return error.Odd;
        const letter = raw[from + 1];
        from += 2;
        if (letter == 'u') {
            to += encode(try codePoint(raw, &from), into[to..]);
            continue;
        }
        into[to] = switch (letter) {
            '"', '\\', '/' => letter,
            'b' => 8,
            't' => '\t',
            'n' => '\n',
            'f' => 12,
            'r' => '\r',
            else => return error.Odd,
        };
        to += 1;
    }
    return into[0..to];
}

/// What four digits stand for, or four and another escape.
fn codePoint(raw: []const u8, from: *usize) Fault!u21 {
    const high = try fourDigits(raw, from);
    if (high < 0xD800 or high > 0xDFFF) return high;
    if (high > 0xDBFF or from.* + 2 > raw.len or raw[from.*] != '\\' or raw[from.* + 1] != 'u') return error.Odd;
    from.* += 2;
    const low = try fourDigits(raw, from);
    if (low < 0xDC00 or low > 0xDFFF) return error.Odd;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

fn fourDigits(raw: []const u8, from: *usize) Fault!u21 {
    if (from.* + 4 > raw.len) return error.Odd;
    var value: u21 = 0;
    for (raw[from.*..][0..4]) |digit| {
        const worth: u21 = switch (digit) {
            '0'...'9' => digit - '0',
            'a'...'f' => digit - 'a' + 10,
            'A'...'F' => digit - 'A' + 10,
            else => return error.Odd,
        };
        value = value * 16 + worth;
    }
    from.* += 4;
    return value;
}

/// A code point in UTF-8, which is never longer than its escape.
fn encode(point: u21, into: []u8) usize {
    if (point < 0x80) {
        into[0] = @intCast(point);
        return 1;
    }
    const length: usize = if (point < 0x800) 2 else if (point < 0x10000) 3 else 4;
    const lead: u8 = switch (length) {
        2 => 0xC0,
        3 => 0xE0,
        else => 0xF0,
    };
    for (0..length) |k| {
        const bits: u8 = @intCast(point >> @intCast(6 * (length - 1 - k)) & 0x3F);
        into[k] = if (k == 0) lead | @as(u8, @intCast(point >> @intCast(6 * (length - 1)))) else 0x80 | bits;
    }
    return length;
}

/// How many code points valid UTF-8 has.
pub fn characters(text: []const u8) usize {
    var count: usize = 0;
    for (text) |byte| count += @intFromBool(byte & 0xC0 != 0x80);
    return count;
}
