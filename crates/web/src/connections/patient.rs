//! A socket whose visitor has to read at some speed, however low.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::{Limits, doing::Doing};

/// A socket that ends with an error when its visitor reads too slowly.
pub(super) struct Patient {
    stream: TcpStream,
    patience: Duration,
    doing: Arc<Doing>,
    /// Runs while the visitor is behind.
    behind: Option<Pin<Box<Sleep>>>,
    /// Bytes that have to go until it starts anew.
    left: usize,
    /// Runs while what nobody reads is read; then how much of it has been.
    linger: Option<(Pin<Box<Sleep>>, usize)>,
}

impl Patient {
    pub(super) fn new(stream: TcpStream, patience: Duration, doing: Arc<Doing>) -> Patient {
        Patient { stream, patience, doing, behind: None, left: Limits::STEP, linger: None }
    }

    /// Looks at what came of a write.
    fn weigh(&mut self, written: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.doing.waits(true);
        match written {
            Poll::Ready(Ok(count)) => {
                self.left = self.left.saturating_sub(count);
                if self.left == 0 {
                    self.caught_up();
                }
                written
            }
            Poll::Ready(_) => written,
            Poll::Pending => {
                let patience = self.patience;
                let behind = self.behind.get_or_insert_with(|| Box::pin(sleep(patience)));
                ready!(behind.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }

    fn caught_up(&mut self) {
        self.behind = None;
        self.left = Limits::STEP;
    }

    /// Reads what the visitor still sends, for a while.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Patient { stream, linger, .. } = self;
        let (end, read) = linger.get_or_insert_with(|| (Box::pin(sleep(Limits::LINGER)), 0));
        let mut room = [0; 4 << 10];
        loop {
            let mut buffer = ReadBuf::new(&mut room);
            match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => *read += buffer.filled().len(),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return end.as_mut().poll(context),
            }
            if *read > Limits::LINGER_BYTES {
                return Poll::Ready(());
            }
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.weigh(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.weigh(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Comes after all that was to be written has been.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.caught_up();
        self.doing.waits(false);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        if self.doing.unread() {
            ready!(self.poll_linger(context));
        }
        Poll::Ready(Ok(()))
    }
}
