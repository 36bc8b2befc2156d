mod csv;
mod import;
mod remote;
mod sample;
mod stages;
