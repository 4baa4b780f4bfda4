//! Typed text beside the tree it becomes, and trees no one would type.
