//! Compiled apart, for x86-64 processors with AVX2.

const program = @import("program.zig");

export fn run_accelerated(
    of: *const program.Program,
    slots: [*]f64,
    stride: usize,
    rows: usize,
    scratch: [*]f64,
) void {
    program.run(of, slots, stride, rows, scratch);
}
