//! The schema model of atdata.
