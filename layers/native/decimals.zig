//! Numbers as JSON spells them, read to the nearest float and written as briefly as it can be told.

const std = @import("std");
const json = @import("json.zig");

const exact_powers = [_]f64{ 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
const most_exact = 1 << 53;
const most_digits = 19; // of which every number fits 64 bits
const most_integer_digits = 15; // of which every number is a float

/// A number that begins here. Odd: none, one beyond all floats, or an integer that is no float.
pub fn read(scanner: *json.Scanner) json.Fault!f64 {
    const start = scanner.at;
    const negative = start[0] == '-';
    if (negative) scanner.at += 1;
    var mantissa: u64 = 0;
    const integer = scanner.at;
    digits(scanner, &mantissa);
    const before = scanner.at - integer;
    if (before == 0 or (before > 1 and integer[0] == '0')) return error.Odd;
    if (scanner.at[0] != '.' and scanner.at[0] | 0x20 != 'e') {
        if (before > most_integer_digits or (negative and mantissa == 0)) return error.Odd;
        return signed(@floatFromInt(mantissa), negative);
    }
    var after: usize = 0;
    if (scanner.at[0] == '.') {
        scanner.at += 1;
        const fraction = scanner.at;
        digits(scanner, &mantissa);
        after = scanner.at - fraction;
        if (after == 0) return error.Odd;
    }
    const power = try exponent(scanner) - @as(i64, @intCast(after));
    if (before + after <= most_digits and mantissa <= most_exact and @abs(power) < exact_powers.len) {
        const whole: f64 = @floatFromInt(mantissa);
        return signed(if (power < 0) whole / exact_powers[@abs(power)] else whole * exact_powers[@abs(power)], negative);
    }
    const value = std.fmt.parseFloat(f64, start[0 .. scanner.at - start]) catch return error.Odd;
    return if (std.math.isFinite(value)) value else error.Odd;
}

inline fn digits(scanner: *json.Scanner, mantissa: *u64) void {
    while (scanner.at[0] -% '0' < 10) : (scanner.at += 1) mantissa.* = mantissa.* *% 10 +% (scanner.at[0] - '0');
}

/// The exponent, or nought; a very large one is cut, which no answer depends on.
fn exponent(scanner: *json.Scanner) json.Fault!i64 {
    if (scanner.at[0] | 0x20 != 'e') return 0;
    scanner.at += 1;
    const negative = scanner.at[0] == '-';
    if (negative or scanner.at[0] == '+') scanner.at += 1;
    const first = scanner.at;
    var value: i64 = 0;
    while (scanner.at[0] -% '0' < 10) : (scanner.at += 1) value = @min(value * 10 + (scanner.at[0] - '0'), 1 << 30);
    if (scanner.at == first) return error.Odd;
    return if (negative) -value else value;
}

fn signed(value: f64, negative: bool) f64 {
    return if (negative) -value else value;
}

/// The most bytes that `write` writes.
pub const longest = 32;

/// The shortest decimal that is read as this finite number; how many bytes that took.
///
/// Digits are those of Ryū (Adams, 2018); they are laid out as orjson does it.
pub fn write(value: f64, into: *[longest]u8) usize {
    const tables = &std.fmt.float.Backend64_TablesFull;
    const found = std.fmt.float.binaryToDecimal(u64, @bitCast(value), 52, 11, false, tables);
    var to: usize = 0;
    if (found.sign) {
        into[0] = '-';
        to = 1;
    }
    if (found.mantissa == 0) return to + put(into[to..], "0.0");
    var buffer: [20]u8 = undefined;
    const all = spelt(found.mantissa, &buffer);
    const point = @as(i32, @intCast(all.len)) + found.exponent; // where it is among the digits
    if (point > 16 or point < -4) return to + scientific(into[to..], all, point - 1);
    if (point <= 0) {
        to += put(into[to..], "0.0000"[0..@intCast(2 - point)]);
        return to + put(into[to..], all);
    }
    const places: usize = @intCast(point);
    to += put(into[to..], all[0..@min(places, all.len)]);
    if (places < all.len) {
        into[to] = '.';
        return to + 1 + put(into[to + 1 ..], all[places..]);
    }
    to += put(into[to..], "0000000000000000"[0 .. places - all.len]);
    return to + put(into[to..], ".0");
}

fn scientific(into: []u8, all: []const u8, power: i32) usize {
    into[0] = all[0];
    var to: usize = 1;
    if (all.len > 1) {
        into[1] = '.';
        to = 2 + put(into[2..], all[1..]);
    }
    into[to] = 'e';
    to += 1;
    if (power < 0) {
        into[to] = '-';
        to += 1;
    }
    var buffer: [20]u8 = undefined;
    return to + put(into[to..], spelt(@abs(power), &buffer));
}

fn put(into: []u8, text: []const u8) usize {
    for (text, 0..) |byte, k| into[k] = byte;
    return text.len;
}

/// A number's decimal digits, at the end of a buffer.
pub fn spelt(number: u64, buffer: *[20]u8) []const u8 {
    var rest = number;
    var first: usize = buffer.len;
    while (true) {
        first -= 1;
        buffer[first] = '0' + @as(u8, @intCast(rest % 10));
        rest /= 10;
        if (rest == 0) return buffer[first..];
    }
}
