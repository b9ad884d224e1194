//! Parts of a moment in UTC, as `tidemill.artifact.steps.calendar` takes it apart.

const std = @import("std");

const day = 86_400.0;
const first_day = -719_162; // 0001-01-01
const last_day = 2_932_896; // 9999-12-31

/// Part 0 to 4 of seconds since 1970: days since then, month, day, weekday from Monday, hour.
pub fn part(seconds: f64, which: u32) f64 {
    if (seconds != seconds) return seconds;
    if (which == 0) return seconds / day;
    const days = floorDivided(seconds);
    if (days < first_day or days > last_day) return std.math.nan(f64);
    if (which == 4) return (seconds - days * day) / 3600.0;
    const number: i64 = @intFromFloat(days);
    if (which == 3) return @floatFromInt(@mod(number + 3, 7));
    const date = monthAndDay(number);
    return @floatFromInt(date[which - 1]);
}

/// As Python divides floats, rounding down.
fn floorDivided(seconds: f64) f64 {
    var rest = @rem(seconds, day);
    var times = (seconds - rest) / day;
    if (rest < 0) {
        rest += day;
        times -= 1.0;
    }
    const whole = @floor(times);
    return if (times - whole > 0.5) whole + 1.0 else whole;
}

/// Month and day of the proleptic Gregorian calendar, by days since 1970 (Hinnant, 2014).
fn monthAndDay(days: i64) [2]i64 {
    const shifted = days + 719_468;
    const of_era = @mod(shifted, 146_097);
    const year = @divTrunc(of_era - @divTrunc(of_era, 1460) + @divTrunc(of_era, 36_524) - @divTrunc(of_era, 146_096), 365);
    const of_year = of_era - (365 * year + @divTrunc(year, 4) - @divTrunc(year, 100));
    const month = @divTrunc(5 * of_year + 2, 153);
    const of_month = of_year - @divTrunc(153 * month + 2, 5) + 1;
    return .{ if (month < 10) month + 3 else month - 9, of_month };
}
