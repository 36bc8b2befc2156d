//! Which IP addresses belong to the open internet.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 blocks that are not globally routable (IANA special-purpose registry, RFC 6890 and later).
const V4_CLOSED: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),       // "this network"
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // carrier-grade NAT
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local, cloud metadata
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 88, 99, 0, 24),  // former 6to4 relay
    v4(192, 168, 0, 0, 16),  // private
    v4(198, 18, 0, 0, 15),   // benchmarking
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved, broadcast
];

/// The only IPv6 block that is handed out for global unicast (RFC 4291, section 2.4).
const V6_GLOBAL: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Parts of `V6_GLOBAL` that are not on the open internet.
const V6_CLOSED: [Ipv6Net; 3] = [
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), // protocol assignments; Teredo is unwrapped before
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), // documentation
];

const TEREDO: Ipv6Net = v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32);
const SIX_TO_FOUR: Ipv6Net = v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16);
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
const COMPATIBLE: Ipv6Net = v6([0; 8], 96);

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(s: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]), prefix)
}

/// The IPv4 address that an IPv6 address carries in itself: v4-mapped and -compatible, NAT64, 6to4, Teredo.
pub fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let parts = v6.segments();
    let pair = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    if let Some(mapped) = v6.to_ipv4_mapped() {
        return IpAddr::V4(mapped);
    }
    if v6.is_unspecified() || v6.is_loopback() {
        return address;
    }
    if COMPATIBLE.contains(&v6) || NAT64.contains(&v6) {
        return pair(parts[6], parts[7]);
    }
    if SIX_TO_FOUR.contains(&v6) {
        return pair(parts[1], parts[2]);
    }
    if TEREDO.contains(&v6) {
        return pair(!parts[6], !parts[7]); // stored inverted (RFC 4380, section 4)
    }
    address
}

/// Whether an address is on the open internet, judged by the address inside it where it wraps one.
pub fn is_global(address: IpAddr) -> bool {
    match unwrapped(address) {
        IpAddr::V4(v4) => !V4_CLOSED.iter().any(|net| net.contains(&v4)),
        IpAddr::V6(v6) => V6_GLOBAL.contains(&v6) && !V6_CLOSED.iter().any(|net| net.contains(&v6)),
    }
}

/// Whether an address may be dialled: it is on the open internet, or in a range that the source alone may reach.
pub fn may_dial(address: IpAddr, allow_net: &[IpNet]) -> bool {
    let inner = unwrapped(address);
    is_global(address) || allow_net.iter().any(|net| net.contains(&address) || net.contains(&inner))
}
