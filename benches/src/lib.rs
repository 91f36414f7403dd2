//! Seeded workloads that every benchmark shares.
