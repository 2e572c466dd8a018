//! All checks of rust_socketio, with async: foreign URL polling|websocket|upgrade
//!
//! Each check prints one line: "ok NAME", "FAIL NAME: WHY" or "none NAME: WHY". A line "kill" asks the caller to kill the
//! server and to start it again.

mod checks;
mod peer;

use peer::{Fault, Place};
use std::future::Future;
use std::time::Duration;

/// report runs one check and prints its line.
async fn report<F, C>(name: &str, place: &Place, check: C)
where
    C: FnOnce(Place) -> F,
    F: Future<Output = Result<(), Fault>>,
{
    let result = tokio::time::timeout(Duration::from_secs(40), check(place.clone())).await;
    match result {
        Ok(Ok(())) => println!("ok {name}"),
        Ok(Err(Fault::Missing(why))) => println!("none {name}: {why}"),
        Ok(Err(Fault::Wrong(why))) => println!("FAIL {name}: {}", why.replace('\n', " ")),
        Err(_) => println!("FAIL {name}: it takes too long"),
    }
    place.close().await;
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let place = Place::new(&args[1], &args[2]);

    report("connect", &place, checks::connect).await;
    report("transport", &place, checks::transport).await;
    report("auth", &place, checks::auth).await;
    report("event", &place, checks::event).await;
    report("unicode", &place, checks::unicode).await;
    report("ack", &place, checks::ack).await;
    report("question", &place, checks::question).await;
    report("binary", &place, checks::binary).await;
    report("binary ack", &place, checks::binary_ack).await;
    report("binary question", &place, checks::binary_question).await;
    report("empty binary", &place, checks::empty_binary).await;
    report("large text", &place, checks::large_text).await;
    report("large binary", &place, checks::large_binary).await;
    report("namespace", &place, checks::namespace).await;
    report("room", &place, checks::room).await;
    report("refused", &place, checks::refused).await;
    report("leave", &place, checks::leave).await;
    report("kick", &place, checks::kick).await;
    report("stay away", &place, checks::stay_away).await;
    report("kick whole", &place, checks::kick_whole).await;
    report("restart", &place, checks::restart).await;
    report("idle", &place, checks::idle).await;
    std::process::exit(0); // tasks of the library would keep the program alive
}
