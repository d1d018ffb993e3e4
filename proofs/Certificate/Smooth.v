(* Which side conditions of a forward graph remain after the sign analysis: those of the instructions on
   the loss's way that move and whose op is not seen to be differentiable at every point. No reals. *)
From Coq Require Import ZArith List Bool PArith FMapPositive.
From Pullback Require Import Base.Index Syntax Ops.Op Autodiff.Prog Autodiff.Walk Autodiff.Network
  Certificate.Sign.
Import ListNotations.

Definition sign_of (m : PM.t sgn) (x : positive) : sgn :=
  match PM.find x m with Some s => s | None => anything end.
Definition result_sign (m : PM.t sgn) (i : instr) : sgn :=
  transfer (iop i) (same_args i) (ats i) (rty i) (map (sign_of m) (args i)).
(* The instructions whose side condition is not discharged. *)
Fixpoint kinks_of (act cone : positive -> bool) (m : PM.t sgn) (p : prog) : list instr :=
  match p with
  | [] => []
  | i :: p =>
      let rest := kinks_of act cone (PM.add (res i) (result_sign m i) m) p in
      if cone (res i) && conditional act i
         && negb (okc (iop i) (ats i) (rty i) (map (sign_of m) (args i)))
      then i :: rest else rest
  end.
Definition kinks (f : forward) : list instr :=
  kinks_of (mem (f_active f)) (mem (f_cone f)) (PM.empty _) (f_prog f).
Definition smooth (f : forward) : bool := match kinks f with [] => true | _ => false end.
