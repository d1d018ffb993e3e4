(* Optimizers as templates over one parameter (src/train/optimizer.cpp): θ, its gradient g, the step's
   scalars (the learning rate η; the step's number t), and the state tensors, of θ's shape. No reals. *)
From Coq Require Import ZArith List Bool.
From Coq.Strings Require Import Byte.
From Pullback Require Import Base.Index Syntax Print.Bytes.
Import ListNotations.

Inductive rule :=
| Sgd                                     (* θ' = θ - η g *)
| Momentum (mu : decimal)                 (* v' = μ v + g;  θ' = θ - η v' *)
| Nesterov (mu : decimal)                 (* v' = μ v + g;  θ' = θ - η (g + μ v') *)
| RmsProp (alpha eps : decimal)           (* v' = α v + (1-α) g²;  θ' = θ - η g / (√v' + ε) *)
| Adam (beta1 beta2 eps : decimal)        (* m' = β1 m + (1-β1) g;  v' = β2 v + (1-β2) g²;
                                             θ' = θ - η (m'/(1-β1^t)) / (√(v'/(1-β2^t)) + ε) *)
| AdamW (beta1 beta2 eps : decimal).      (* as Adam; weight decay is decoupled: θ' = … - η λ θ *)

(* λ: weight decay, coupled (g + λ θ) but for AdamW; of vectors (biases, scales) only if asked for.
   clip: the gradients' global norm is scaled down to it. *)
Record optimizer := Optimizer {
  o_rule : rule; o_decay : option decimal; o_decay_vectors : bool; o_clip : option decimal }.
Definition plain (r : rule) : optimizer := Optimizer r None false None.

(* Names of the state tensors that each parameter has. *)
Definition state_of (o : optimizer) : list literal :=
  match o_rule o with
  | Sgd => []
  | Momentum _ | Nesterov _ => ["$velocity"%text]
  | RmsProp _ _ => ["$v"%text]
  | Adam _ _ _ | AdamW _ _ _ => ["$m"%text; "$v"%text]
  end.
(* The step's scalar arguments. *)
Definition scalars_of (o : optimizer) : list literal :=
  match o_rule o with
  | Adam _ _ _ | AdamW _ _ _ => ["learning_rate"%text; "step"%text]
  | _ => ["learning_rate"%text]
  end.

Definition named_code := list (tinstr * literal).
Notation scalar_ty e := ((e, []) : ty).

(* ---- what is computed once a step ---- *)
(* 1 - β^t; local numbers: η 0, t 1, then this code from n on; the result is n + 3. *)
Definition correction (e : elt) (beta : decimal) (n : nat) (a b c d : literal) : named_code :=
  let s := scalar_ty e in
  [(T (Constant s [beta]) [] [] s, a); (T (Binary Power) [n; 1]%nat [s; s] s, b);
   (T (Constant s [Dec 1 0]) [] [] s, c); (T (Binary Subtract) [n + 2; n + 1]%nat [s; s] s, d)].
(* The instructions, and where the scalars that all parameters share are. *)
Definition shared_of (o : optimizer) (e : elt) : named_code * list nat :=
  match o_rule o with
  | Adam b1 b2 _ | AdamW b1 b2 _ =>
      (correction e b1 2 "optimizer$beta1" "optimizer$beta1_power" "optimizer$one1" "optimizer$correction1"
       ++ correction e b2 6 "optimizer$beta2" "optimizer$beta2_power" "optimizer$one2" "optimizer$correction2",
       [0; 5; 9]%nat)
  | _ => ([], [0%nat])
  end.
(* Clipping: scale = limit / max(norm, limit); local number 0: the sum of all squares. *)
Definition clip_of (c : decimal) (e : elt) : named_code :=
  let s := scalar_ty e in
  [(T (Unary Sqrt) [0%nat] [s] s, "optimizer$norm"%text);
   (T (Constant s [c]) [] [] s, "optimizer$limit"%text);
   (T (Binary Maximum) [1; 2]%nat [s; s] s, "optimizer$bound"%text);
   (T (Binary Divide) [2; 3]%nat [s; s] s, "optimizer$scale"%text)].
(* Adds the squares of a gradient, local number 0, to those of earlier ones, local number 1 if there are
   any; the sum is the last value. *)
Definition squares_of (t : ty) (first : bool) : named_code :=
  let s := scalar_ty (fst t) in
  let square := T (Binary Multiply) [0; 0]%nat [t; t] t in
  let sum k := T (Reduce RAdd (zseq (rank (snd t)))) [k] [t] s in
  if first then [(square, "$norm$square"%text); (sum 1%nat, "$norm$sum"%text)]
  else [(square, "$norm$square"%text); (sum 2%nat, "$norm$sum"%text);
        (T (Binary Add) [1; 3]%nat [s; s] s, "$norm$total"%text)].
Definition squares_at (first : bool) : nat := if first then 2%nat else 4%nat.

(* ---- what is computed for each parameter ---- *)
(* A template: its instructions with the endings of their names, and where θ' and the new state are.
   Local numbers: θ 0, g 1, η 2, the corrections, the scale if gradients are clipped, the state, then the
   template's own instructions. *)
Record update := Update { u_code : named_code; u_theta : nat; u_state : list nat }.

(* 1 - d *)
Definition complement (d : decimal) : decimal :=
  match d with Dec m e => Dec (10 ^ (- e) - m) e | d => d end%Z.

Section Templates.
  Variable t : ty.
  Let s := scalar_ty (fst t).
  Definition spread (k : nat) : tinstr := T (BroadcastInDim (snd t) []) [k] [s] t.
  Definition fixed (d : decimal) : tinstr := T (Constant t [d]) [] [] t.
  Definition bin (b : binary_op) (x y : nat) : tinstr := T (Binary b) [x; y] [t; t] t.

  (* θ - η · direction *)
  Definition descend (direction n : nat) : named_code :=
    [(spread 2, "$rate"%text); (bin Multiply n direction, "$step"%text); (bin Subtract 0 (S n), "$new"%text)].
  (* g · scale *)
  Definition clipped (scale n : nat) : named_code :=
    [(spread scale, "$scale"%text); (bin Multiply 1 n, "$clipped"%text)].
  (* x + λ θ *)
  Definition decayed (lambda : decimal) (x n : nat) : named_code :=
    [(fixed lambda, "$decay_rate"%text); (bin Multiply n 0, "$pull"%text);
     (bin Add x (S n), "$decayed"%text)].
  (* β old + (1-β) x *)
  Definition average (beta : decimal) (old x n : nat) (a b c d e : literal) : named_code :=
    [(fixed beta, a); (bin Multiply n old, b); (fixed (complement beta), c); (bin Multiply (n + 2) x, d);
     (bin Add (n + 1) (n + 3), e)].
  (* num / (√den + ε) *)
  Definition scaled (num den n : nat) (eps : decimal) : named_code :=
    [(T (Unary Sqrt) [den] [t] t, "$root"%text); (fixed eps, "$eps"%text);
     (bin Add n (n + 1), "$denominator"%text); (bin Divide num (n + 2), "$direction"%text)].

  (* The rule, from the gradient at g and the first state at st; own instructions from n on. *)
  Definition rule_of (r : rule) (decay : option decimal) (g st n : nat) : update :=
    match r with
    | Sgd => Update (descend g n) (n + 2) []
    | Momentum mu =>
        Update ([(fixed mu, "$momentum"%text); (bin Multiply n st, "$kept"%text);
                 (bin Add (n + 1) g, "$velocity$new"%text)] ++ descend (n + 2) (n + 3)) (n + 5) [n + 2]%nat
    | Nesterov mu =>
        Update ([(fixed mu, "$momentum"%text); (bin Multiply n st, "$kept"%text);
                 (bin Add (n + 1) g, "$velocity$new"%text); (bin Multiply n (n + 2), "$ahead"%text);
                 (bin Add g (n + 3), "$direction"%text)] ++ descend (n + 4) (n + 5)) (n + 7) [n + 2]%nat
    | RmsProp alpha eps =>
        Update ([(bin Multiply g g, "$square"%text)]
                ++ average alpha st n (n + 1) "$alpha" "$v$kept" "$alpha_rest" "$v$fresh" "$v$new"
                ++ scaled g (n + 5) (n + 6) eps ++ descend (n + 9) (n + 10)) (n + 12) [n + 5]%nat
    | Adam b1 b2 eps | AdamW b1 b2 eps =>
        let moments :=
          average b1 st g n "$beta1" "$m$kept" "$beta1_rest" "$m$fresh" "$m$new"
          ++ [(bin Multiply g g, "$square"%text)]
          ++ average b2 (S st) (n + 5) (n + 6) "$beta2" "$v$kept" "$beta2_rest" "$v$fresh" "$v$new"
          ++ [(spread 3, "$c1"%text); (bin Divide (n + 4) (n + 11), "$m$hat"%text);
              (spread 4, "$c2"%text); (bin Divide (n + 10) (n + 13), "$v$hat"%text)]
          ++ scaled (n + 12) (n + 14) (n + 15) eps in
        match r, decay with
        | AdamW _ _ _, Some lambda =>
            Update (moments ++ decayed lambda (n + 18) (n + 19) ++ descend (n + 21) (n + 22)) (n + 24) [n
              + 4; n + 10]%nat
        | _, _ => Update (moments ++ descend (n + 18) (n + 19)) (n + 21) [n + 4; n + 10]%nat
        end
    end.
End Templates.

Definition decouples (r : rule) : bool := match r with AdamW _ _ _ => true | _ => false end.
(* Weight decay of a parameter of this type. *)
Definition decay_of (o : optimizer) (t : ty) : option decimal :=
  if o_decay_vectors o || Nat.leb 2 (length (snd t)) then o_decay o else None.

(* Weight decay that is added to the gradient. *)
Definition coupled (o : optimizer) (t : ty) : option decimal :=
  if decouples (o_rule o) then None else decay_of o t.
(* The gradient that the rule sees: clipped, with coupled weight decay; its instructions from n on, and where
   it is. *)
Definition prepared (o : optimizer) (t : ty) (scale n : nat) : named_code * nat :=
  let (c, g) := match o_clip o with Some _ => (clipped t scale n, S n) | None => ([], 1%nat) end in
  match coupled o t with
  | Some lambda => (c ++ decayed t lambda g (n + length c), (n + length c + 2)%nat)
  | None => (c, g)
  end.
Definition clips (o : optimizer) : bool := match o_clip o with Some _ => true | None => false end.
Definition update_of (o : optimizer) (t : ty) : update :=
  let scale := (2 + length (snd (shared_of o (fst t))))%nat in
  let st := (scale + (if clips o then 1 else 0))%nat in
  let n := (st + length (state_of o))%nat in
  let (c, g) := prepared o t scale n in
  let r := rule_of t (o_rule o) (decay_of o t) g st (n + length c) in
  Update (c ++ u_code r) (u_theta r) (u_state r).
