(* How backward templates are written down: a builder appends instructions to the local environment,
   as Builder does in src/ir/builder.h. A value is its place in that environment and its type. *)
From Coq Require Import ZArith List.
From Pullback Require Import Base.Index Syntax.
Import ListNotations.

Definition val := (nat * ty)%type.
Definition vshape (v : val) : shape := snd (snd v).
(* from the next free place: the instructions appended, and what they made *)
Definition build (X : Type) := nat -> list tinstr * X.
Definition ret {X} (x : X) : build X := fun _ => ([], x).
Definition bind {X Y} (m : build X) (f : X -> build Y) : build Y := fun n =>
  let (a, x) := m n in let (b, y) := f x (n + length a)%nat in (a ++ b, y).
Definition emit (o : op) (xs : list val) (t : ty) : build val := fun n =>
  ([T o (map fst xs) (map snd xs) t], (n, t)).
Notation "x <- m ;; f" := (bind m (fun x => f)) (at level 61, m at next level, right associativity).

Definition dzero := Dec 0 0.
Definition done := Dec 1 0.
Definition emit_constant (t : ty) (v : decimal) : build val := emit (Constant t [v]) [] t.
(* the template whose instructions start behind n operands, the result and the cotangent *)
Definition built (n : nat) (m : build (list (option val))) : template :=
  let (a, outs) := m (n + 2)%nat in (a, map (option_map fst) outs).
