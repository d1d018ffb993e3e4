(* The names of the instructions whose side conditions are hypotheses about the point. No reals. *)
From Coq Require Import List.
From Pullback Require Import Syntax Print.Bytes Autodiff.Network Certificate.Smooth.
Import ListNotations.

(* Of an ill-typed network, none. *)
Definition open_conditions (n : network) : list literal :=
  match elaborated n with Some f => map (fun i => Literal (iname i)) (kinks f) | None => [] end.
