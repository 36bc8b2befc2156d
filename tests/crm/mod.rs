mod csv;
mod sample;
mod stages;
