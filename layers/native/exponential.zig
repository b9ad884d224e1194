//! e to a power, by the same steps on every machine and as `tidemill.artifact.exponential` does.
//!
//! The method, its constants and its error of less than one ulp are fdlibm's (e_exp.c).

const std = @import("std");

pub const ln2_high = 6.93147180369123816490e-01;
pub const ln2_low = 1.90821492927058770002e-10;
const p1 = 1.66666666666666019037e-01;
const p2 = -2.77777777770155933842e-03;
const p3 = 6.61375632143793436117e-05;
const p4 = -1.65339022054652515390e-06;
const p5 = 4.13813679705723846039e-08;

pub inline fn exponential(x: f64) f64 {
    if (x != x) return x;
    if (x > 7.09782712893383973096e+02) return std.math.inf(f64);
    if (x < -7.45133219101941108420e+02) return 0.0;
    const steps = @floor(x * 1.44269504088896338700e+00 + 0.5);
    const high = x - steps * ln2_high;
    const low = steps * ln2_low;
    const r = high - low;
    const t = r * r;
    const c = r - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))));
    const y = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    const k: i64 = @intFromFloat(steps);
    const half = k >> 1;
    return y * power(half) * power(k - half);
}

inline fn power(k: i64) f64 {
    return @bitCast((k + 1023) << 52);
}
