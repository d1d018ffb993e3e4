(* Every op's derivative and side condition, and the two theorems that the walk needs of all ops. *)
From Coq Require Import Reals ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
Import ListNotations.
Parameter jvp : op -> jvp_fun.
Parameter ok : op -> ok_fun.
Axiom op_deriv : forall o, deriv_spec o (jvp o) (ok o).
Axiom op_const : forall o, const_spec o (ok o).
Axiom op_vjp_correct : forall o, vjp_spec o (jvp o) (ok o).
