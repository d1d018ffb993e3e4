(* Which side conditions of the gradient's theorem are hypotheses about the point: those of instructions
   that the loss depends on and that move at all, if the sign analysis does not show that they hold at
   every point. No reals. *)
From Coq Require Import ZArith List Bool PArith FMapPositive.
From Coq.Strings Require Import Byte.
From Pullback Require Import Syntax Print.Bytes Autodiff.Prog Autodiff.Walk Autodiff.Network
  Certificate.Sign.
Import ListNotations.

Definition sign_at (m : PM.t sgn) (x : positive) : sgn :=
  match PM.find x m with Some s => s | None => anything end.
Definition operand_signs (m : PM.t sgn) (i : instr) : list sgn := map (sign_at m) (args i).
Definition same_operands (i : instr) : bool :=
  match args i with [a; b] => Pos.eqb a b | _ => false end.
Definition sign_step (m : PM.t sgn) (i : instr) : PM.t sgn :=
  PM.add (res i) (transfer (iop i) (same_operands i) (ats i) (rty i) (operand_signs m i)) m.
Definition discharged (m : PM.t sgn) (i : instr) : bool := okc (iop i) (ats i) (rty i) (operand_signs m i).

(* The instructions whose conditions stay open. *)
Fixpoint open_instrs (act cone : positive -> bool) (m : PM.t sgn) (p : prog) : list instr :=
  match p with
  | [] => []
  | i :: p =>
      let rest := open_instrs act cone (sign_step m i) p in
      if cone (res i) && existsb act (args i) && negb (discharged m i) then i :: rest else rest
  end.
Definition open_of (f : forward) : list instr :=
  open_instrs (mem (f_active f)) (mem (f_cone f)) (PM.empty _) (f_prog f).
(* Their names; of an ill-typed network, none. *)
Definition open_conditions (n : network) : list literal :=
  match elaborated n with Some f => map (fun i => Literal (iname i)) (open_of f) | None => [] end.
