//! What a client must be able to do. The names are those of checks.go, in its order.

use crate::peer::{expect, same, Fault, Peer, Place};
use rust_socketio::Payload;
use serde_json::{json, Value};
use std::time::Duration;
use tokio::time::sleep;

type Outcome = Result<(), Fault>;

fn values(array: Value) -> Vec<Value> {
    array.as_array().expect("an array").clone()
}

fn all_json() -> Vec<Value> {
    values(json!(["text", "", 0, -1, 1.5, true, false, null, [], {}, {"a": [{"b": null}, [["c"]]], "d": 2}]))
}

fn all_unicode() -> Vec<Value> {
    values(json!(["안녕하세요 마당", "👋 é ß Ã© \u{2028}", {"이름": ["철수", "\u{80}\u{ff}\u{800}\u{ffff}", "👨‍👩‍👧"]}]))
}

/// Without the byte 0x1E: the library splits messages there, binary ones of a WebSocket too.
fn data(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31) as u8).map(|b| if b == 0x1e { 0 } else { b }).collect()
}

/// What the library's polling can't: it takes each piece of an answer, as it comes from the network, for a whole one.
const IN_PIECES: Outcome = Err(Fault::Missing("over polling it can't read a long answer, which comes in pieces"));

async fn echo(peer: &mut Peer, args: Vec<Value>) -> Outcome {
    peer.emit("echo", args.clone()).await?;
    same(peer.next("echo").await?, args)
}

async fn echo_bytes(peer: &mut Peer, bytes: Vec<u8>) -> Outcome {
    peer.client.emit("echo", bytes.clone()).await?;
    match peer.payload("echo").await? {
        Payload::Binary(got) => expect(got == bytes, "other bytes came back"),
        other => Err(Fault::Wrong(format!("no bytes but {other:.80?}"))),
    }
}

pub async fn connect(place: Place) -> Outcome {
    let peer = place.connect().await?; // the library doesn't tell the id
    same(&peer.whoami().await?["nsp"], &json!("/"))
}

pub async fn transport(place: Place) -> Outcome {
    let peer = place.connect().await?;
    let want = json!(if place.transport == "polling" { "polling" } else { "websocket" });
    for _ in 0..100 {
        if peer.whoami().await?["transport"] == want {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(Fault::Wrong("it stays on the other transport".into()))
}

pub async fn auth(place: Place) -> Outcome {
    let auth = json!({"user": "철수", "list": [1]});
    let peer = place.connect_to("/", Some(auth.clone())).await?;
    same(&peer.whoami().await?["auth"], &auth)
}

pub async fn event(place: Place) -> Outcome {
    echo(&mut place.connect().await?, all_json()).await
}

pub async fn unicode(place: Place) -> Outcome {
    let mut peer = place.connect().await?;
    echo(&mut peer, all_unicode()).await?;
    same(peer.ask("ack", all_unicode()).await?, all_unicode())
}

pub async fn ack(place: Place) -> Outcome {
    let peer = place.connect().await?;
    same(peer.ask("ack", all_json()).await?, all_json())?;
    same(peer.ask("ack", vec![]).await?, vec![])
}

pub async fn question(place: Place) -> Outcome {
    let mut peer = place.connect().await?;
    peer.emit("ask", all_json()).await?;
    same(peer.next("question").await?, all_json())?;
    Err(Fault::Missing("it can't answer a question of the server"))
}

pub async fn binary(place: Place) -> Outcome {
    echo_bytes(&mut place.connect().await?, data(300)).await?;
    Err(Fault::Missing("bytes are the only argument of their event and, over WebSocket, hold no 0x1E; so they go both ways"))
}

pub async fn binary_ack(_: Place) -> Outcome {
    Err(Fault::Missing("an event with bytes can't ask for an answer"))
}

pub async fn binary_question(_: Place) -> Outcome {
    Err(Fault::Missing("it can't answer a question of the server"))
}

pub async fn empty_binary(place: Place) -> Outcome {
    if place.transport != "polling" {
        return Err(Fault::Missing("over WebSocket it takes an empty message for a fault"));
    }
    echo_bytes(&mut place.connect().await?, vec![]).await
}

pub async fn large_text(place: Place) -> Outcome {
    if place.transport == "polling" {
        return IN_PIECES;
    }
    echo(&mut place.connect().await?, vec![json!("x".repeat(100_000))]).await
}

pub async fn large_binary(place: Place) -> Outcome {
    if place.transport == "polling" {
        return IN_PIECES;
    }
    echo_bytes(&mut place.connect().await?, data(100_000)).await
}

pub async fn namespace(place: Place) -> Outcome {
    let mut peer = place.connect_to("/chat", None).await?;
    same(&peer.whoami().await?["nsp"], &json!("/chat"))?;
    echo(&mut peer, vec![json!("chat")]).await?;
    echo_bytes(&mut peer, data(3)).await?;
    Err(Fault::Missing("each connection has one namespace; in another than the main one events go both ways"))
}

pub async fn room(place: Place) -> Outcome {
    let (mut a, mut b, mut c) = (place.connect().await?, place.connect().await?, place.connect().await?);
    let room = json!("방");
    for peer in [&a, &b] {
        same(peer.ask("join", vec![room.clone()]).await?, vec![json!(true)])?;
    }
    a.emit("say", vec![room.clone(), json!({"a": [1]}), json!("b")]).await?;
    same(b.next("said").await?, vec![json!({"a": [1]}), json!("b")])?;
    c.emit("shout", vec![room.clone(), json!("all")]).await?;
    for peer in [&mut a, &mut b] {
        same(peer.next("said").await?, vec![json!("all")])?;
    }
    same(b.ask("leave", vec![room.clone()]).await?, vec![json!(true)])?;
    a.emit("shout", vec![room, json!("after")]).await?;
    same(a.next("said").await?, vec![json!("after")])?;
    // What was sent before an answer has arrived before it.
    for peer in [&mut b, &mut c] {
        peer.ask("ack", vec![]).await?;
    }
    expect([&a, &b, &c].iter().all(|peer| peer.is_empty("said")), "somebody heard too much")
}

pub async fn refused(place: Place) -> Outcome {
    let mut peer = place.dial("/deny", None).await?;
    // The library puts words of its own in front.
    let got = peer.next("error").await?.remove(0).to_string();
    let json = got.find('{').map(|at| got[at..got.len() - 1].replace("\\\"", "\""));
    let got: Value = serde_json::from_str(&json.unwrap_or_default()).map_err(|_| Fault::Wrong(got))?;
    same(got, json!({"message": "not allowed", "data": {"code": 403}}))
}

pub async fn leave(place: Place) -> Outcome {
    let (observer, peer) = (place.connect().await?, place.connect().await?);
    let id = peer.whoami().await?["id"].clone();
    peer.client.disconnect().await?;
    for _ in 0..200 {
        let why = observer.ask("reasonOf", vec![id.clone()]).await?;
        if why != [Value::Null] {
            return same(why, vec![json!("client namespace disconnect")]);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(Fault::Wrong("the server did not notice".into()))
}

pub async fn kick(place: Place) -> Outcome {
    let mut peer = place.connect().await?;
    peer.emit("kick", vec![json!(false)]).await?;
    peer.payload("close").await.map(|_| ())
}

pub async fn stay_away(place: Place) -> Outcome {
    let mut peer = place.connect().await?;
    peer.emit("kick", vec![json!(false)]).await?;
    peer.payload("close").await?;
    sleep(Duration::from_millis(1500)).await;
    expect(peer.is_empty("welcome"), "it came back")
}

pub async fn kick_whole(place: Place) -> Outcome {
    let mut peer = place.connect().await?;
    peer.emit("kick", vec![json!(true)]).await?;
    peer.payload("close").await?;
    sleep(Duration::from_millis(1500)).await;
    expect(peer.is_empty("welcome"), "it came back")
}

pub async fn restart(place: Place) -> Outcome {
    let mut peer = place.connect().await?;
    let before = peer.whoami().await?["id"].clone();
    println!("kill");
    same(peer.next("welcome").await?, vec![json!("/")])?;
    expect(peer.whoami().await?["id"] != before, "the same id after a restart")?;
    echo(&mut peer, vec![json!("again")]).await
}

pub async fn idle(place: Place) -> Outcome {
    let mut peer = place.connect().await?;
    let id = peer.whoami().await?["id"].clone();
    sleep(Duration::from_secs(3)).await; // longer than the server waits for a heartbeat
    expect(peer.is_empty("close") && peer.is_empty("welcome"), "disconnected")?;
    same(&peer.whoami().await?["id"], &id)?;
    echo(&mut peer, vec![json!("still here")]).await
}
