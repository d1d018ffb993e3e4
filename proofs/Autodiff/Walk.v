(* The reverse walk (src/autodiff/backward.cpp): visits the instructions in reverse order, instantiates
   each one's backward template (chain rule) and adds the contributions to a value that is used several
   times (additive fan-in). It knows no op. The same order, numbering and names as the C++ walk. No reals. *)
From Coq Require Import ZArith List Bool PArith FMapPositive Decimal.
From Coq.Strings Require Import Byte.
From Pullback Require Import Base.Index Syntax Ops.Op Autodiff.Prog.
Import ListNotations.

(* ---- names ---- *)
Fixpoint uint_name (d : uint) (k : name) : name :=
  match d with
  | Nil => k | D0 d => x30 :: uint_name d k | D1 d => x31 :: uint_name d k | D2 d => x32 :: uint_name d k
  | D3 d => x33 :: uint_name d k | D4 d => x34 :: uint_name d k | D5 d => x35 :: uint_name d k
  | D6 d => x36 :: uint_name d k | D7 d => x37 :: uint_name d k | D8 d => x38 :: uint_name d k
  | D9 d => x39 :: uint_name d k
  end.
(* "name$3" *)
Definition numbered (n : name) (k : positive) : name := n ++ x24 :: uint_name (Pos.to_uint k) [].
(* the k-th name of a contribution to x: "d.x", "d.x$2", … *)
Definition contribution_name (x : name) (k : positive) : name :=
  let d := x64 :: x2e :: x in match k with xH => d | _ => numbered d k end.

(* ---- which values need a cotangent ---- *)
Definition mem (m : PM.t unit) (x : positive) : bool :=
  match PM.find x m with Some _ => true | None => false end.
(* floating-point values that depend on one of the parameters *)
Fixpoint activity (p : prog) (m : PM.t unit) : PM.t unit :=
  match p with
  | [] => m
  | i :: p => activity p (if tfloat (rty i) && existsb (mem m) (args i) then PM.add (res i) tt m else m)
  end.

(* ---- the state of the walk ---- *)
Record bst := Bst {
  nxt : positive;          (* the first unused id *)
  ctm : PM.t positive;     (* the cotangent of each forward value, so far *)
  cnt : PM.t positive;     (* how many contributions and sums have been named, by forward value *)
  code : list instr }.     (* what has been emitted, the newest first *)

Section Walk.
  Variable names : PM.t name.
  Variable active : positive -> bool.
  Definition name_of (x : positive) : name := match PM.find x names with Some n => n | None => [] end.
  Definition name_contribution (c : PM.t positive) (x : positive) : name * PM.t positive :=
    let k := match PM.find x c with Some k => Pos.succ k | None => xH end in
    (contribution_name (name_of x) k, PM.add x k c).

  (* The operand whose contribution the local value k is: the first one. *)
  Fixpoint contributes_to (k : nat) (outs : list (option nat)) (args : list positive) : option positive :=
    match outs, args with
    | Some j :: outs, a :: args => if Nat.eqb j k then Some a else contributes_to k outs args
    | None :: outs, _ :: args => contributes_to k outs args
    | _, _ => None
    end.
  (* Instantiates the rest of i's template: loc maps local numbers to ids, k is its place in the template. *)
  Fixpoint inst (i : instr) (outs : list (option nat)) (tm : list tinstr) (k : positive)
           (loc : list positive) (n : positive) (c : PM.t positive) (acc : list instr)
    : list positive * positive * PM.t positive * list instr :=
    match tm with
    | [] => (loc, n, c, acc)
    | t :: tm =>
        let '(nm, c) := match contributes_to (length loc) outs (args i) with
                        | Some a => name_contribution c a
                        | None => (numbered (iname i) k, c) end in
        inst i outs tm (Pos.succ k) (loc ++ [n]) (Pos.succ n) c
          (I n (t_op t) (map (fun j => nth j loc 1%positive) (t_args t)) (t_ats t) (t_rty t) nm :: acc)
    end.

  (* Additive fan-in: g contributes to the cotangent of a. *)
  Definition accum (s : bst) (a g : positive) (t : ty) : bst :=
    match PM.find a (ctm s) with
    | None => Bst (nxt s) (PM.add a g (ctm s)) (cnt s) (code s)
    | Some g0 =>
        let '(nm, c) := name_contribution (cnt s) a in
        Bst (Pos.succ (nxt s)) (PM.add a (nxt s) (ctm s)) c
            (I (nxt s) (Binary Add) [g0; g] [t; t] t nm :: code s)
    end.
  Fixpoint accums (s : bst) (aa : list positive) (needs : list bool) (ts : list ty)
           (outs : list (option nat)) (loc : list positive) : bst :=
    match aa, needs, ts, outs with
    | a :: aa, n :: needs, t :: ts, o :: outs =>
        let s := match n, o with true, Some k => accum s a (nth k loc 1%positive) t | _, _ => s end in
        accums s aa needs ts outs loc
    | _, _, _, _ => s
    end.

  (* The chain rule at one instruction. *)
  Definition back1 (i : instr) (s : bst) : option bst :=
    match PM.find (res i) (ctm s) with
    | None => Some s
    | Some c =>
        let needs := map active (args i) in
        if existsb (fun b => b) needs then
          match vjp (iop i) needs (ats i) (rty i) with
          | None => None
          | Some (tm, outs) =>
              let '(loc, n, ct, acc) := inst i outs tm 1 (args i ++ [res i; c]) (nxt s) (cnt s) (code s) in
              Some (accums (Bst n (ctm s) ct acc) (args i) needs (ats i) outs loc)
          end
        else Some s
    end.
  Fixpoint sweep (p : prog) (s : bst) : option bst :=
    match p with
    | [] => Some s
    | i :: p => match sweep p s with Some s => back1 i s | None => None end
    end.
  (* The loss's cotangent is the constant 1. *)
  Definition seed (n loss : positive) (t : ty) : bst :=
    let '(nm, c) := name_contribution (PM.empty _) loss in
    Bst (Pos.succ n) (PM.add loss n (PM.empty _)) c [I n (Constant t [Dec 1 0]) [] [] t nm].
End Walk.

(* Templates use only what precedes in the local environment. *)
Fixpoint template_ok (tm : list tinstr) (n : nat) : bool :=
  match tm with [] => true | t :: tm => forallb (fun k => Nat.ltb k n) (t_args t) && template_ok tm (S n) end.
Definition outs_ok (outs : list (option nat)) (n : nat) : bool :=
  forallb (fun o => match o with Some k => Nat.ltb k n | None => true end) outs.
Definition bounds_ok (o : op) (needs : list bool) (ats : list ty) (rt : ty) : bool :=
  match vjp o needs ats rt with
  | Some (tm, outs) => template_ok tm (length ats + 2) && outs_ok outs (length ats + 2 + length tm)
                       && Nat.eqb (length outs) (length ats)
  | None => true
  end.

(* What the soundness of the walk asks of every template that it instantiates. *)
Fixpoint all_bounds_ok (act : positive -> bool) (p : prog) : bool :=
  match p with
  | [] => true
  | i :: p => bounds_ok (iop i) (map act (args i)) (ats i) (rty i) && all_bounds_ok act p
  end.
