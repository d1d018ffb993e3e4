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
| AdamW (beta1 beta2 eps : decimal)       (* as Adam; weight decay is decoupled: θ' = … - η λ θ *)
| Lamb (beta1 beta2 eps : decimal).       (* θ' = θ - η r u, u = AdamW's direction, with decay,
                                             r = ‖θ‖/‖u‖, or 1 if either norm is 0 *)

(* λ: weight decay, coupled (g + λ θ) but for AdamW and LAMB; of vectors (biases, scales) only if asked for;
   nor does LAMB scale their steps by r.
   clip: the gradients' global norm is scaled down to it.
   average: β of a running average of the parameters, a = β a + (1-β) θ'.
   parts: the batch comes in so many parts; their gradients' mean is the optimizer's. *)
Record optimizer := Optimizer {
  o_rule : rule; o_decay : option decimal; o_decay_vectors : bool; o_clip : option decimal;
  o_average : option decimal; o_parts : option decimal }.
Definition plain (r : rule) : optimizer := Optimizer r None false None None None.
Definition clips (o : optimizer) : bool := match o_clip o with Some _ => true | None => false end.
Definition averages (o : optimizer) : bool := match o_average o with Some _ => true | None => false end.
Definition accumulates (o : optimizer) : bool := match o_parts o with Some _ => true | None => false end.

(* Names of the state tensors that each parameter has: the rule's, the average, the sum over the parts of a
   batch so far. *)
Definition rule_states (r : rule) : list literal :=
  match r with
  | Sgd => []
  | Momentum _ | Nesterov _ => ["$velocity"%text]
  | RmsProp _ _ => ["$v"%text]
  | Adam _ _ _ | AdamW _ _ _ | Lamb _ _ _ => ["$m"%text; "$v"%text]
  end.
(* Those of which only the last part of a batch makes new ones. *)
Definition step_states (o : optimizer) : list literal :=
  rule_states (o_rule o) ++ (if averages o then ["$average"%text] else []).
Definition state_of (o : optimizer) : list literal :=
  step_states o ++ (if accumulates o then ["$sum"%text] else []).
(* The step's scalar arguments; "apply" is not 0 of a batch's last part. *)
Definition rule_scalars (r : rule) : list literal :=
  match r with
  | Adam _ _ _ | AdamW _ _ _ | Lamb _ _ _ => ["learning_rate"%text; "step"%text]
  | _ => ["learning_rate"%text]
  end.
Definition scalars_of (o : optimizer) : list literal :=
  rule_scalars (o_rule o) ++ (if accumulates o then ["apply"%text] else []).

Definition named_code := list (tinstr * literal).
Notation scalar_ty e := ((e, []) : ty).

(* ---- what is computed once a step ---- *)
(* 1 - β^t; local numbers: η 0, t 1, then this code from n on; the result is n + 3. *)
Definition correction (e : elt) (beta : decimal) (n : nat) (a b c d : literal) : named_code :=
  let s := scalar_ty e in
  [(T (Constant s [beta]) [] [] s, a); (T (Binary Power) [n; 1]%nat [s; s] s, b);
   (T (Constant s [Dec 1 0]) [] [] s, c); (T (Binary Subtract) [n + 2; n + 1]%nat [s; s] s, d)].
(* The instructions from n on, and where the scalars that all parameters share are. *)
Definition rule_shared (r : rule) (e : elt) (n : nat) : named_code * list nat :=
  match r with
  | Adam b1 b2 _ | AdamW b1 b2 _ | Lamb b1 b2 _ =>
      (correction e b1 n "optimizer$beta1" "optimizer$beta1_power" "optimizer$one1" "optimizer$correction1"
       ++ correction e b2 (n + 4) "optimizer$beta2" "optimizer$beta2_power" "optimizer$one2"
            "optimizer$correction2",
       [0; n + 3; n + 7]%nat)
  | _ => ([], [0%nat])
  end.
(* Whether this is the last part of a batch: the scalar k is not 0. *)
Definition gate_of (e : elt) (k n : nat) : named_code :=
  let s := scalar_ty e in
  [(T (Constant s [Dec 0 0]) [] [] s, "optimizer$zero"%text);
   (T (Compare NE) [k; n]%nat [s; s] (I1, []), "optimizer$applies"%text)].
Definition shared_of (o : optimizer) (e : elt) : named_code * list nat :=
  let n := length (scalars_of o) in
  let (c, l) := rule_shared (o_rule o) e n in
  if accumulates o then (c ++ gate_of e (n - 1) (n + length c), l ++ [n + length c + 1]%nat) else (c, l).
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
   Local numbers: θ 0, g 1, η 2, the corrections, the gate if gradients accumulate, the scale if they are
   clipped, the state, then the template's own instructions. *)
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

  (* ‖x‖ *)
  Definition norm_of (x n : nat) (a b c : literal) : named_code :=
    [(bin Multiply x x, a); (T (Reduce RAdd (zseq (rank (snd t)))) [n] [t] s, b);
     (T (Unary Sqrt) [n + 1]%nat [s] s, c)].
  (* r u: the ratio of the norms at w and u, or 1 if either is not positive, times the direction at d *)
  Definition ratio_of (w u d n : nat) : named_code :=
    [(T (Constant s [Dec 0 0]) [] [] s, "$zero"%text); (T (Constant s [Dec 1 0]) [] [] s, "$one"%text);
     (T (Binary Divide) [w; u] [s; s] s, "$ratio"%text);
     (T (Compare GT) [w; n] [s; s] (I1, []), "$parameter$positive"%text);
     (T (Compare GT) [u; n] [s; s] (I1, []), "$update$positive"%text);
     (T Select [n + 3; n + 2; n + 1]%nat [(I1, []); s; s] s, "$parameter$ratio"%text);
     (T Select [n + 4; n + 5; n + 1]%nat [(I1, []); s; s] s, "$trust"%text);
     (spread (n + 6), "$trust$spread"%text); (bin Multiply (n + 7) d, "$trusted"%text)].
  Definition trusted (d n : nat) : named_code :=
    norm_of 0 n "$parameter$square" "$parameter$sum" "$parameter$norm"
    ++ norm_of d (n + 3) "$update$square" "$update$sum" "$update$norm" ++ ratio_of (n + 2) (n + 5) d (n + 6).

  (* The rule, from the gradient at g and the first state at st; own instructions from n on. *)
  Definition rule_of (r : rule) (adapts : bool) (decay : option decimal) (g st n : nat) : update :=
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
    | Adam b1 b2 eps | AdamW b1 b2 eps | Lamb b1 b2 eps =>
        let moments :=
          average b1 st g n "$beta1" "$m$kept" "$beta1_rest" "$m$fresh" "$m$new"
          ++ [(bin Multiply g g, "$square"%text)]
          ++ average b2 (S st) (n + 5) (n + 6) "$beta2" "$v$kept" "$beta2_rest" "$v$fresh" "$v$new"
          ++ [(spread 3, "$c1"%text); (bin Divide (n + 4) (n + 11), "$m$hat"%text);
              (spread 4, "$c2"%text); (bin Divide (n + 10) (n + 13), "$v$hat"%text)]
          ++ scaled (n + 12) (n + 14) (n + 15) eps in
        let news := [n + 4; n + 10]%nat in
        let ends c d := Update (moments ++ c ++ descend d (d + 1)) (d + 3) news in
        let trust c d := Update (moments ++ c ++ trusted d (d + 1) ++ descend (d + 15) (d + 16)) (d + 18) news in
        match r, decay with
        | AdamW _ _ _, Some l => ends (decayed l (n + 18) (n + 19)) (n + 21)
        | Lamb _ _ _, Some l => (if adapts then trust else ends) (decayed l (n + 18) (n + 19)) (n + 21)
        | Lamb _ _ _, None => (if adapts then trust else ends) [] (n + 18)
        | _, _ => ends [] (n + 18)
        end
    end%nat.

  (* u, and the running average of the new θ; the old one is at k. *)
  Definition with_average (average_rate : option decimal) (k n : nat) (u : update) : update :=
    match average_rate with
    | Some beta =>
        Update (u_code u ++ average beta k (u_theta u) n "$average$beta" "$average$kept" "$average$rest"
                              "$average$fresh" "$average$new") (u_theta u) (u_state u ++ [n + 4])
    | None => u
    end%nat.

  (* The value at the first number if the gate is open, else that at the second. *)
  Definition choose (gate : nat) (x : nat * nat * literal) : tinstr * literal :=
    let '(new, old, e) := x in (T Select [gate; new; old] [(I1, []); t; t] t, e).
  Definition chosen (gate : nat) (news olds : list nat) (names : list literal) : named_code :=
    map (choose gate) (combine (combine news olds) names).
  (* Of a part of the batch that is not the last nothing is new but the sum, which is g; then it starts at 0
     again. *)
  Definition with_gate (names : list literal) (gate st n : nat) (u : update) : update :=
    let news := u_theta u :: u_state u in
    let m := (n + length news)%nat in
    Update (u_code u
            ++ chosen gate news (0%nat :: seq st (length (u_state u)))
                 (map (fun e => Literal (bytes_of e ++ bytes_of "$applied")) (""%text :: names))
            ++ [(fixed (Dec 0 0), "$sum$zero"%text); choose gate (m, 1%nat, "$sum$new"%text)])
           n (seq (S n) (length (u_state u)) ++ [S m])%nat.
End Templates.

Definition decouples (r : rule) : bool := match r with AdamW _ _ _ | Lamb _ _ _ => true | _ => false end.
(* Whether parameters of this type decay, and LAMB scales their steps. *)
Definition adapts (o : optimizer) (t : ty) : bool := o_decay_vectors o || Nat.leb 2 (length (snd t)).
(* Weight decay of a parameter of this type. *)
Definition decay_of (o : optimizer) (t : ty) : option decimal := if adapts o t then o_decay o else None.

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
(* The new θ and the rule's new states; own instructions from n on. *)
Definition moved_by (o : optimizer) (t : ty) (scale st n : nat) : update :=
  let (c, g) := prepared o t scale n in
  let r := rule_of t (o_rule o) (adapts o t) (decay_of o t) g st (n + length c) in
  Update (c ++ u_code r) (u_theta r) (u_state r).
Definition update_of (o : optimizer) (t : ty) : update :=
  let scale := (2 + length (snd (shared_of o (fst t))))%nat in
  let st := (scale + (if clips o then 1 else 0))%nat in
  let n := (st + length (state_of o))%nat in
  let u := moved_by o t scale st n in
  let u := with_average t (o_average o) (st + length (rule_states (o_rule o))) (n + length (u_code u)) u in
  if accumulates o then with_gate t (step_states o) (scale - 1) st (n + length (u_code u)) u else u.

(* ---- gradient accumulation ---- *)
(* sum + g/K: local numbers: g 0, the sum 1; the result is 4. *)
Definition accumulated_of (parts : decimal) (t : ty) : named_code :=
  [(fixed t parts, "$parts"%text); (bin t Divide 0 2, "$share"%text); (bin t Add 1 3, "$total"%text)].
