(* What each optimizer computes, as mathematics. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve
  Optim.Optimizer.
Import ListNotations.
Open Scope R_scope.

Definition value_of (d : decimal) : R := sem_decimal Rscal d.

(* ---- the mathematics ---- *)
(* What all parameters share: η, and for Adam 1 - β1^t and 1 - β2^t. *)
Definition shared_values (o : optimizer) (eta t : R) : list R :=
  match o_rule o with
  | Adam b1 b2 _ | AdamW b1 b2 _ => [eta; 1 - Rpower (value_of b1) t; 1 - Rpower (value_of b2) t]
  | _ => [eta]
  end.
(* Clipping: all gradients are multiplied by limit / max(norm, limit), norm the root of the sum of all their
   squares. *)
Definition clip_scale (o : optimizer) (norm : R) : R :=
  match o_clip o with Some c => value_of c / Rmax norm (value_of c) | None => 1 end.
(* The gradient that the rule sees: scaled by clipping, plus coupled weight decay. *)
Definition effective (o : optimizer) (t : ty) (sigma : R) (theta g : tensor) : tensor := fun i =>
  (if clips o then g i * sigma else g i)
  + match coupled o t with Some l => value_of l * theta i | None => 0 end.
(* A running average. *)
Definition averaged (beta : decimal) (old x : tensor) : tensor := fun i =>
  value_of beta * old i + value_of (complement beta) * x i.
Definition squared (g : tensor) : tensor := fun i => g i * g i.
(* The new state, and the direction in which the parameter moves by η. *)
Definition rule_state (r : rule) (g : tensor) (state : list tensor) : list tensor :=
  match r, state with
  | (Momentum mu | Nesterov mu), [v] => [fun i => value_of mu * v i + g i]
  | RmsProp alpha _, [v] => [averaged alpha v (squared g)]
  | (Adam b1 b2 _ | AdamW b1 b2 _), [m; v] => [averaged b1 m g; averaged b2 v (squared g)]
  | _, _ => []
  end.
Definition direction (r : rule) (decay : option decimal) (theta g : tensor) (shared : list R)
           (state : list tensor) : tensor := fun i =>
  match r, rule_state r g state, shared with
  | Momentum _, [v], _ => v i
  | Nesterov mu, [v], _ => g i + value_of mu * v i
  | RmsProp _ eps, [v], _ => g i / (sqrt (v i) + value_of eps)
  | Adam _ _ eps, [m; v], [_; c1; c2] => (m i / c1) / (sqrt (v i / c2) + value_of eps)
  | AdamW _ _ eps, [m; v], [_; c1; c2] =>
      (m i / c1) / (sqrt (v i / c2) + value_of eps)
      + match decay with Some l => value_of l * theta i | None => 0 end
  | _, _, _ => g i
  end.
Definition new_state (o : optimizer) (t : ty) (theta g : tensor) (sigma : R) (state : list tensor) : list
  tensor :=
  rule_state (o_rule o) (effective o t sigma theta g) state.
Definition new_theta (o : optimizer) (t : ty) (theta g : tensor) (shared : list R) (sigma : R)
           (state : list tensor) : tensor := fun i =>
  theta i - nth 0 shared 0 * direction (o_rule o) (decay_of o t) theta (effective o t sigma theta g)
    shared state i.

(* 1 - β is exact. *)
Lemma complement_value m e : (e <= 0)%Z -> value_of (complement (Dec m e)) = 1 - value_of (Dec m e).
Proof.
  intros H. unfold value_of, complement, sem_decimal; cbn [sofQ Rscal].
  destruct (Z.leb_spec 0 e).
  - assert (e = 0)%Z by lia. subst. change (10 ^ (- 0))%Z with 1%Z. change (10 ^ 0)%Z with 1%Z.
    rewrite !Z.mul_1_r, minus_IZR. field.
  - assert (P : (0 < 10 ^ (- e))%Z) by (apply Z.pow_pos_nonneg; lia).
    rewrite Z2Pos.id, minus_IZR by auto. field. apply not_0_IZR. lia.
Qed.
