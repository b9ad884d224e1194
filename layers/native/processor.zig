//! What an x86-64 processor can do, by CPUID (Intel SDM, volume 2A).

const Registers = struct { eax: u32, ebx: u32, ecx: u32 };

/// Whether there are AVX2 and SHA instructions, and a system that keeps AVX's registers.
pub fn hasAvx2AndSha() bool {
    return hasAvx2() and bit(cpuid(7).ebx, 29);
}

/// Whether there are AVX2 and both sets of bit manipulation, and a system that keeps registers.
pub fn hasAvx2() bool {
    if (cpuid(0).eax < 7 or !bit(cpuid(1).ecx, 27)) return false;
    const features = cpuid(7).ebx;
    const wanted = bit(features, 3) and bit(features, 5) and bit(features, 8);
    return wanted and keptStates() & 0b110 == 0b110;
}

fn bit(word: u32, place: u5) bool {
    return word >> place & 1 == 1;
}

fn cpuid(leaf: u32) Registers {
    var eax: u32 = undefined;
    var ebx: u32 = undefined;
    var ecx: u32 = undefined;
    asm volatile ("cpuid"
        : [_] "={eax}" (eax),
          [_] "={ebx}" (ebx),
          [_] "={ecx}" (ecx),
        : [_] "{eax}" (leaf),
          [_] "{ecx}" (@as(u32, 0)),
        : .{ .edx = true });
    return .{ .eax = eax, .ebx = ebx, .ecx = ecx };
}

/// Register XCR0; to be read only where CPUID says so (leaf 1, ECX, bit 27).
fn keptStates() u32 {
    return asm volatile ("xgetbv"
        : [_] "={eax}" (-> u32),
        : [_] "{ecx}" (@as(u32, 0)),
        : .{ .edx = true });
}
