//! The peer on socketioxide: the events of bench/server, with the library's defaults. Handlers do
//! their work before they return and hand out a future that is ready. As `async` functions, which
//! the library starts as tasks, they would run in any order and the first messages would be lost.

mod value;

use std::{
    env,
    future::{Future, Ready, ready},
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};

use serde::Deserialize;
use socketioxide::{
    SocketIo,
    extract::{AckSender, Data, SocketRef},
};
use value::Value;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Deserialize)]
struct ToRoom {
    room: String,
    payload: String,
}

/// Takes a future of the adapter in memory to its end, which it reaches at once.
fn now<T>(future: impl Future<Output = T>) {
    let done = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(done.is_ready(), "the adapter waits");
}

fn connected(socket: SocketRef, io: SocketIo) -> Ready<()> {
    socket.on("echo", |Data::<Value>(value), ack: AckSender| {
        let _ = ack.send(&value);
        ready(())
    });
    let all = io.clone();
    socket.on("bcast", move |Data::<String>(payload)| {
        now(all.emit("bcast", &payload));
        ready(())
    });
    socket.on("join", |socket: SocketRef, Data::<String>(room), ack: AckSender| {
        socket.join(room);
        let _ = ack.send::<[(); 0]>(&[]); // no arguments
        ready(())
    });
    socket.on("room", move |Data::<ToRoom>(to)| {
        now(io.to(to.room).emit("room", &to.payload));
        ready(())
    });
    ready(())
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let (layer, io) = SocketIo::builder()
        .ping_interval(Duration::from_millis(number("PING_INTERVAL", 25_000)))
        .build_layer();
    io.ns("/", connected);
    let app = axum::Router::new().layer(layer);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", number("PORT", 0) as u16)).await?;
    println!("ready {}", listener.local_addr()?.port());
    axum::serve(listener, app).await
}
