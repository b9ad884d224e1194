//! Moments in the plain forms of ISO 8601, as `tidemill.moments` reads them.

const json = @import("json.zig");

const day = 86_400;

/// Whole seconds since 1970 of `YYYY-MM-DD`, or of that with `Thh:mm:ss`, a fraction, an offset.
///
/// Odd: another form, which may still be a moment.
pub fn seconds(text: []const u8) json.Fault!f64 {
    if (text.len < 10 or text[4] != '-' or text[7] != '-') return error.Odd;
    const year = try number(text[0..4], 2, 9998); // at the calendar's ends an offset may lead beyond it
    const month = try number(text[5..7], 1, 12);
    const date = try number(text[8..10], 1, daysOf(year, month));
    const midnight = daysSince1970(year, month, date) * day;
    if (text.len == 10) return @floatFromInt(midnight);
    if (text.len < 19 or (text[10] != 'T' and text[10] != ' ')) return error.Odd;
    if (text[13] != ':' or text[16] != ':') return error.Odd;
    const hour = try number(text[11..13], 0, 23);
    const minute = try number(text[14..16], 0, 59);
    const second = try number(text[17..19], 0, 59);
    const local = midnight + hour * 3600 + minute * 60 + second;
    return @floatFromInt(local - try offset(text[try fractionEnd(text)..]));
}

/// Where the digits of a fraction end; rounded down, it is nothing.
fn fractionEnd(text: []const u8) json.Fault!usize {
    if (text.len == 19 or text[19] != '.') return 19;
    var end: usize = 20;
    while (end < text.len and text[end] -% '0' < 10) end += 1;
    return if (end == 20) error.Odd else end;
}

fn offset(text: []const u8) json.Fault!i64 {
    if (text.len == 0 or (text.len == 1 and text[0] == 'Z')) return 0;
    if (text.len != 6 or text[3] != ':') return error.Odd;
    const ahead = try number(text[1..3], 0, 23) * 3600 + try number(text[4..6], 0, 59) * 60;
    return switch (text[0]) {
        '+' => ahead,
        '-' => -ahead,
        else => error.Odd,
    };
}

fn number(digits: []const u8, least: i64, most: i64) json.Fault!i64 {
    var value: i64 = 0;
    for (digits) |digit| {
        if (digit -% '0' > 9) return error.Odd;
        value = value * 10 + (digit - '0');
    }
    return if (value < least or value > most) error.Odd else value;
}

fn daysOf(year: i64, month: i64) i64 {
    if (month == 2) return if (@rem(year, 4) == 0 and (@rem(year, 100) != 0 or @rem(year, 400) == 0)) 29 else 28;
    return if (month == 4 or month == 6 or month == 9 or month == 11) 30 else 31;
}

/// Of the proleptic Gregorian calendar (Hinnant, 2014).
fn daysSince1970(year: i64, month: i64, date: i64) i64 {
    const shifted = if (month <= 2) year - 1 else year;
    const era = @divFloor(shifted, 400);
    const of_era = shifted - era * 400;
    const of_year = @divTrunc(153 * (if (month > 2) month - 3 else month + 9) + 2, 5) + date - 1;
    return era * 146_097 + of_era * 365 + @divTrunc(of_era, 4) - @divTrunc(of_era, 100) + of_year - 719_468;
}
