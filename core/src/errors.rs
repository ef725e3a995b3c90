//! The codes at the end of Formwork's compile errors, each with a wrong and a right example.
