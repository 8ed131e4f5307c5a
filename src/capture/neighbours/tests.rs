use std::net::{TcpListener, TcpStream, UdpSocket};

use super::*;

const FOUR: &str = "127.0.0.1:0";
const SIX: &str = "[::1]:0";

/// A port's door, and one that goes by the tables.
fn doors(transport: Transport, own: SocketAddr, guests: &Guests) -> Vec<Door> {
    let door = Door::new(transport, own, guests.clone());
    let tables = Door { source: Source::Tables, ..Door::new(transport, own, guests.clone()) };
    vec![door, tables]
}

/// Nobody: whoever comes is a stranger.
fn nobody() -> Guests {
    Guests { users: Arc::new([]), remote: false }
}

fn me() -> Stranger {
    Stranger::User(ourselves().first().copied().unwrap_or_default())
}

/// A system without IPv6 has nothing to test there.
fn tcp(address: &str) -> Option<TcpListener> {
    TcpListener::bind(address).ok()
}

#[test]
fn a_connection_is_known_by_its_user_while_it_is_open() {
    for (bound, from) in [
        (FOUR, "127.0.0.1:0"),
        (FOUR, "127.0.0.2:0"),
        (SIX, SIX),
        ("0.0.0.0:0", FOUR),
        ("[::]:0", SIX),
        ("[::]:0", FOUR),
    ] {
        let Some(listener) = tcp(bound) else { continue };
        let own = listener.local_addr().unwrap();
        let at = reached_at(SocketAddr::new(own.ip(), own.port()));
        let from: SocketAddr = from.parse().unwrap();
        let at = if from.is_ipv4() { SocketAddr::from(([127, 0, 0, 1], at.port())) } else { at };
        for mut door in doors(Transport::Tcp, own, &nobody()) {
            assert!(door.tells(), "{bound}");
            let client = connect(from, at);
            let (accepted, peer) = listener.accept().unwrap();
            let local = accepted.local_addr().unwrap();
            assert_eq!(door.connection(peer, local), Err(me()), "{bound} {from} {door:?}");
            door.guests = Guests::default();
            assert_eq!(door.connection(peer, local), Ok(()), "{bound} {from} {door:?}");
            drop(client);
            assert_eq!(
                door.connection(peer, local),
                Err(Stranger::Gone),
                "{bound} {from} {door:?}"
            );
            let absent = SocketAddr::new(peer.ip(), 1);
            assert_eq!(door.connection(absent, local), Err(Stranger::Gone), "{bound} {from}");
        }
    }
}

fn connect(from: SocketAddr, to: SocketAddr) -> TcpStream {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::for_address(from), Type::STREAM, None).unwrap();
    socket.bind(&from.into()).unwrap();
    socket.connect(&to.into()).unwrap();
    socket.into()
}

#[test]
fn a_socket_of_ipv6_that_speaks_ipv4_is_found_too() {
    use socket2::{Domain, Socket, Type};
    let listener = tcp(FOUR).unwrap();
    let own = listener.local_addr().unwrap();
    let mapped = SocketAddr::new(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(), own.port());
    let Ok(socket) = Socket::new(Domain::IPV6, Type::STREAM, None) else { return };
    if socket.connect(&mapped.into()).is_err() {
        return;
    }
    let (_, peer) = listener.accept().unwrap();
    for mut door in doors(Transport::Tcp, own, &nobody()) {
        assert_eq!(door.connection(peer, own), Err(me()), "{door:?}");
    }
    drop(socket);
}

#[test]
fn what_listens_at_the_port_of_one_that_is_gone_is_not_taken_for_it() {
    let listener = tcp(FOUR).unwrap();
    let own = listener.local_addr().unwrap();
    let listens = tcp(FOUR).unwrap();
    for mut door in doors(Transport::Tcp, own, &Guests::default()) {
        let judged = door.connection(listens.local_addr().unwrap(), own);
        assert_eq!(judged, Err(Stranger::Gone), "{door:?}");
    }
}

#[test]
fn a_sender_is_known_by_its_user_bound_or_not_and_let_in_when_it_is_gone() {
    for (bound, from, connected) in [
        (FOUR, FOUR, false),
        (FOUR, FOUR, true),
        (FOUR, "0.0.0.0:0", false),
        (FOUR, "127.0.0.2:0", false),
        (SIX, SIX, true),
        (SIX, "[::]:0", false),
        ("0.0.0.0:0", FOUR, true),
        ("[::]:0", "0.0.0.0:0", false),
        ("[::]:0", "[::]:0", false),
    ] {
        let Ok(receiver) = UdpSocket::bind(bound) else { continue };
        let own = receiver.local_addr().unwrap();
        let to = match from.starts_with('[') {
            true => SocketAddr::from((Ipv6Addr::LOCALHOST, own.port())),
            false => SocketAddr::from((Ipv4Addr::LOCALHOST, own.port())),
        };
        for mut door in doors(Transport::Udp, own, &nobody()) {
            let sender = UdpSocket::bind(from).unwrap();
            if connected {
                sender.connect(to).unwrap();
                sender.send(b"x").unwrap();
            } else {
                sender.send_to(b"x", to).unwrap();
            }
            let (_, peer) = receiver.recv_from(&mut [0; 8]).unwrap();
            assert_eq!(door.datagram(peer), Err(me()), "{bound} {from} {door:?}");
            assert_eq!(door.datagram(peer), Err(me()), "as often as it is asked");
            drop(sender);
            assert_eq!(door.datagram(peer), Ok(()), "{bound} {from} {door:?}");
        }
    }
}

#[test]
fn who_was_let_in_is_known_for_a_moment_and_no_longer() {
    let receiver = UdpSocket::bind(FOUR).unwrap();
    let mut door = Door::new(Transport::Udp, receiver.local_addr().unwrap(), Guests::default());
    let sender = UdpSocket::bind(FOUR).unwrap();
    let peer = sender.local_addr().unwrap();
    assert_eq!(door.datagram(peer), Ok(()));
    door.guests = nobody();
    assert_eq!(door.datagram(peer), Ok(()), "not asked again");
    std::thread::sleep(KNOWN_FOR);
    assert_eq!(door.datagram(peer), Err(me()));
}

#[test]
fn other_machines_are_judged_by_the_users_word_alone() {
    let own: SocketAddr = "0.0.0.0:1".parse().unwrap();
    let far: SocketAddr = "192.0.2.1:4711".parse().unwrap();
    let guests = Guests { remote: true, ..nobody() };
    assert_eq!(Door::new(Transport::Tcp, own, guests.clone()).connection(far, own), Ok(()));
    assert_eq!(Door::new(Transport::Udp, own, guests).datagram(far), Ok(()));
}

#[test]
fn another_address_of_this_machine_is_no_way_round() {
    // Whatever address the system would take to reach another machine; nothing is sent.
    let outward = UdpSocket::bind("0.0.0.0:0").unwrap();
    if outward.connect("192.0.2.200:9").is_err() {
        return;
    }
    let from = SocketAddr::new(outward.local_addr().unwrap().ip(), 0);
    let listener = tcp(FOUR).unwrap();
    let own = listener.local_addr().unwrap();
    let client = connect(from, own);
    let (_, peer) = listener.accept().unwrap();
    for mut door in doors(Transport::Tcp, own, &nobody()) {
        assert_eq!(door.connection(peer, own), Err(me()), "{door:?}");
    }
    drop(client);
}

#[test]
fn where_nothing_tells_everybody_is_served() {
    let own: SocketAddr = FOUR.parse().unwrap();
    let mut door = Door { source: Source::None, ..Door::new(Transport::Tcp, own, nobody()) };
    assert!(!door.tells());
    assert_eq!(door.connection(own, own), Ok(()));
}
