//! One connection, which has one namespace, and the events that came.

use futures_util::FutureExt;
use rust_socketio::asynchronous::{Client, ClientBuilder};
use rust_socketio::{Event, Payload, TransportType};
use serde_json::{json, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver};

pub enum Fault {
    /// The client has no such thing.
    Missing(&'static str),
    Wrong(String),
}

impl From<rust_socketio::Error> for Fault {
    fn from(e: rust_socketio::Error) -> Self {
        Fault::Wrong(format!("{e:?}"))
    }
}

/// A Place is the server and the way to it; it closes what one check has opened.
#[derive(Clone)]
pub struct Place {
    url: String,
    pub transport: String,
    opened: Arc<Mutex<Vec<Client>>>,
}

pub struct Peer {
    pub client: Client,
    inboxes: HashMap<&'static str, UnboundedReceiver<Payload>>,
}

/// All events that any check listens to: they must be known before the client connects.
const EVENTS: [&str; 6] = ["welcome", "echo", "said", "question", "close", "error"];

impl Place {
    pub fn new(url: &str, transport: &str) -> Self {
        Place { url: url.into(), transport: transport.into(), opened: Arc::default() }
    }

    /// dial connects to a namespace and doesn't wait for its first event.
    pub async fn dial(&self, namespace: &str, auth: Option<Value>) -> Result<Peer, Fault> {
        let mut builder = ClientBuilder::new(&self.url)
            .namespace(namespace)
            .reconnect_delay(100, 500)
            .transport_type(match self.transport.as_str() {
                "polling" => TransportType::Polling,
                "websocket" => TransportType::Websocket,
                _ => TransportType::WebsocketUpgrade,
            });
        if let Some(auth) = auth {
            builder = builder.auth(auth);
        }
        let mut inboxes = HashMap::new();
        for event in EVENTS {
            let (sender, receiver) = unbounded_channel();
            inboxes.insert(event, receiver);
            builder = builder.on(Event::from(event), move |payload, _| {
                let _ = sender.send(payload); // nobody listens when the check is over
                async {}.boxed()
            });
        }
        let client = builder.connect().await?;
        self.opened.lock().unwrap().push(client.clone());
        Ok(Peer { client, inboxes })
    }

    pub async fn connect_to(&self, namespace: &str, auth: Option<Value>) -> Result<Peer, Fault> {
        let mut peer = self.dial(namespace, auth).await?;
        same(peer.next("welcome").await?, vec![json!(namespace)])?;
        Ok(peer)
    }

    pub async fn connect(&self) -> Result<Peer, Fault> {
        self.connect_to("/", None).await
    }

    pub async fn close(&self) {
        let opened: Vec<Client> = self.opened.lock().unwrap().drain(..).collect();
        for client in opened {
            // It may be closed already, and the checks have said so.
            let _ = tokio::time::timeout(Duration::from_secs(5), client.disconnect()).await;
        }
    }
}

impl Peer {
    pub async fn payload(&mut self, event: &str) -> Result<Payload, Fault> {
        let inbox = self.inboxes.get_mut(event).expect("an event of EVENTS");
        match tokio::time::timeout(Duration::from_secs(20), inbox.recv()).await {
            Ok(Some(payload)) => Ok(payload),
            _ => Err(Fault::Wrong(format!("no {event}"))),
        }
    }

    pub async fn next(&mut self, event: &str) -> Result<Vec<Value>, Fault> {
        values(self.payload(event).await?)
    }

    pub fn is_empty(&self, event: &str) -> bool {
        self.inboxes[event].is_empty()
    }

    pub async fn emit(&self, event: &str, args: Vec<Value>) -> Result<(), Fault> {
        Ok(self.client.emit(event, args).await?)
    }

    /// ask returns the arguments of the answer.
    pub async fn ask(&self, event: &str, args: Vec<Value>) -> Result<Vec<Value>, Fault> {
        let (sender, mut receiver) = unbounded_channel();
        let callback = move |payload: Payload, _: Client| {
            let _ = sender.send(payload);
            async {}.boxed()
        };
        let timeout = Duration::from_secs(20);
        self.client.emit_with_ack(event, args, timeout, callback).await?;
        match tokio::time::timeout(timeout, receiver.recv()).await {
            // The library hands over the array of all arguments as one value.
            Ok(Some(payload)) => match values(payload)?.pop() {
                Some(Value::Array(args)) => Ok(args),
                other => Err(Fault::Wrong(format!("the answer is {other:?}"))),
            },
            _ => Err(Fault::Wrong(format!("no answer to {event}"))),
        }
    }

    pub async fn whoami(&self) -> Result<Value, Fault> {
        Ok(self.ask("whoami", vec![]).await?.remove(0))
    }
}

fn values(payload: Payload) -> Result<Vec<Value>, Fault> {
    match payload {
        Payload::Text(values) => Ok(values),
        other => Err(Fault::Wrong(format!("no text but {other:.80?}"))),
    }
}

pub fn same<T: PartialEq + std::fmt::Debug>(got: T, want: T) -> Result<(), Fault> {
    expect(got == want, format!("got {got:.200?}, want {want:.200?}"))
}

pub fn expect(ok: bool, otherwise: impl Into<String>) -> Result<(), Fault> {
    if ok { Ok(()) } else { Err(Fault::Wrong(otherwise.into())) }
}
