//! What times the contestants; knows no library that it times.

pub mod bars;
pub mod command;
pub mod coordinator;
pub mod data;
pub mod machine;
pub mod table;
pub mod worker;
pub mod workload;
