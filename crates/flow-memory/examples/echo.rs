//! A small server without a network: workers that read requests and format replies, and a writer that sends them off.
//!
//! `cargo run --release --example echo`. Each message is in a buffer of one pool, from the first byte that is read to
//! the last one that is written, on whatever thread that is; after the first few, no buffer is allocated any more.

#![expect(clippy::print_stdout, reason = "an example talks to its terminal")]

use std::{
    error::Error,
    io::{Read, Write},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use flow_memory::{BufferPool, OwnedBuffer};

const WORKERS: usize = 4;
const REQUESTS: usize = 20_000;

/// Most requests fit this; the others grow.
const USUAL_SIZE: usize = 256;

/// What a client sends: something to read from, as a socket is.
struct Connection {
    id: usize,
    body: std::io::Take<std::io::Repeat>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Never more than 16 MiB in reserve, however many requests come at once.
    let pool = BufferPool::builder().largest_class(64 << 10).max_retained_bytes(16 << 20).build();
    let (replies, outbox) = sync_channel(64);
    let written = thread::scope(|scope| {
        let connections: Vec<SyncSender<Connection>> = (0..WORKERS)
            .map(|_| {
                let (sender, receiver) = sync_channel(16);
                let (pool, replies) = (&pool, replies.clone());
                scope.spawn(move || work(pool, &receiver, &replies).expect("memory does not fail"));
                sender
            })
            .collect();
        // When the last worker is done, so is the writer.
        drop(replies);
        let writer = scope.spawn(|| write_all(outbox, &mut std::io::sink()));
        for id in 0..REQUESTS {
            let size = if id % 100 == 0 { 10_000 } else { 50 + id % 200 };
            let body = std::io::repeat(b'x').take(size as u64);
            connections[id % WORKERS].send(Connection { id, body })?;
        }
        drop(connections);
        let written = writer.join().expect("the writer does not panic")?;
        Ok::<_, Box<dyn Error>>(written)
    })?;

    let stats = pool.stats();
    println!("{REQUESTS} requests, {written} bytes of replies");
    println!("{stats}");
    println!("{:.1} % of the buffers were there already", 100.0 * stats.hit_rate());
    for class in pool.class_stats().iter().filter(|class| class.hits + class.misses != 0) {
        println!("  {class}");
    }
    Ok(())
}

/// Answers requests until no more come.
fn work(
    pool: &BufferPool,
    requests: &Receiver<Connection>,
    replies: &SyncSender<OwnedBuffer>,
) -> std::io::Result<()> {
    for Connection { id, mut body } in requests {
        // Goes back at the end of this round, and serves the next one.
        let mut request = pool.get(USUAL_SIZE);
        std::io::copy(&mut body, &mut request)?;
        // Goes to the writer, and back to the pool there: so it is in the form that keeps the pool alive.
        let mut reply = pool.get_owned(USUAL_SIZE);
        write!(reply, "{id}: {} bytes\r\n", request.len())?;
        reply.append(&request);
        if replies.send(reply).is_err() {
            // The writer is gone, and says why.
            break;
        }
    }
    Ok(())
}

/// Writes all replies and drops them. How many bytes that was.
fn write_all(replies: Receiver<OwnedBuffer>, target: &mut impl Write) -> std::io::Result<usize> {
    let mut written = 0;
    for reply in replies {
        target.write_all(&reply)?;
        written += reply.len();
    }
    Ok(written)
}
