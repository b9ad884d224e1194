//! The natural logarithm, by the same steps on every machine and as `tidemill.artifact.logarithm`.
//!
//! The method, its constants and its error of less than one ulp are fdlibm's (e_log.c).

const std = @import("std");
const ln2_high = @import("exponential.zig").ln2_high;
const ln2_low = @import("exponential.zig").ln2_low;

const l1 = 6.666666666666735130e-01;
const l2 = 3.999999999940941908e-01;
const l3 = 2.857142874366239149e-01;
const l4 = 2.222219843214978396e-01;
const l5 = 1.818357216161805012e-01;
const l6 = 1.531383769920937332e-01;
const l7 = 1.479819860511658591e-01;
const half_root = 7.07106781186547524401e-01;

pub inline fn logarithm(x: f64) f64 {
    const parts = std.math.frexp(x);
    const low = parts.significand < half_root;
    const fraction = if (low) 2.0 * parts.significand else parts.significand;
    const k: f64 = @floatFromInt(if (low) parts.exponent - 1 else parts.exponent);
    const f = fraction - 1.0;
    const s = f / (2.0 + f);
    const z = s * s;
    const w = z * z;
    const even = w * (l2 + w * (l4 + w * l6));
    const odd = z * (l1 + w * (l3 + w * (l5 + w * l7)));
    const half = 0.5 * f * f;
    return k * ln2_high - ((half - (s * (half + (odd + even)) + k * ln2_low)) - f);
}
