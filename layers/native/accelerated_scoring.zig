//! Compiled apart, for x86-64 processors with AVX2.

const program = @import("program.zig");
const Explained = @import("explain.zig").Explained;

export fn run_accelerated(
    of: *const program.Program,
    slots: [*]f64,
    stride: usize,
    rows: usize,
    scratch: [*]f64,
) void {
    program.run(of, slots, stride, rows, scratch);
}

export fn explain_accelerated(of: *const Explained, row: [*]const f64, output: usize, gains: [*]f64, scratch: [*]f64) void {
    of.add(row, output, gains[0..of.forest.inputs.len], scratch);
}
