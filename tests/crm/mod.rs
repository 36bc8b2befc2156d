mod csv;
mod import;
mod push;
mod remote;
mod sample;
mod stages;
mod strangers;
mod sync_job;
