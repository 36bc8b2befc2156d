mod digest;
mod picks;
