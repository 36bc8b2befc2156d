mod digest;
mod judged;
mod picks;
