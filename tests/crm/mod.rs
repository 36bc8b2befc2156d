mod csv;
mod import;
mod push;
mod remote;
mod sample;
mod stages;
