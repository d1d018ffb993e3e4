(* What each optimizer computes, as mathematics, and that its template computes just that. *)
From Coq Require Import Reals ZArith List Bool Lra.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve
  Autodiff.Walk Optim.Optimizer.
Import ListNotations.
Open Scope R_scope.

Definition value_of (d : decimal) : R := sem_decimal Rscal d.

(* From θ, its gradient g, the learning rate η and the state: the new θ and the new state. *)
Definition new_theta (o : optimizer) (theta g : tensor) (eta : R) (state : list tensor) : tensor :=
  match o, state with
  | Momentum mu, [v] => fun i => theta i - eta * (value_of mu * v i + g i)
  | _, _ => fun i => theta i - eta * g i
  end.
Definition new_state (o : optimizer) (theta g : tensor) (eta : R) (state : list tensor) : list tensor :=
  match o, state with
  | Momentum mu, [v] => [fun i => value_of mu * v i + g i]
  | _, _ => []
  end.

(* Pointwise equal on a shape. *)
Definition same_on (s : shape) (a b : tensor) : Prop := forall i, inb s i = true -> a i = b i.

(* The template for a parameter of type t computes them. *)
Definition update_spec (o : optimizer) : Prop := forall t theta g eta state,
  length state = length (state_of o) ->
  let u := update_of o t in
  let L := teval (map fst (u_code u)) (theta :: g :: eta :: state) in
  same_on (snd t) (nth (u_theta u) L tz) (new_theta o theta g (eta []) state)
  /\ Forall2 (same_on (snd t)) (map (fun k => nth k L tz) (u_state u)) (new_state o theta g (eta []) state).

(* Steps of a template, one by one. *)
Ltac run_template :=
  unfold sem; simpl; repeat (rewrite !tab_in by auto; simpl); unfold broadcast_source, ssub; simpl.

Lemma sgd_correct : update_spec Sgd.
Proof.
  intros t theta g eta [|]; simpl; try discriminate. intros _. split; [|constructor].
  intros i Hi. run_template. lra.
Qed.
Lemma momentum_correct mu : update_spec (Momentum mu).
Proof.
  intros t theta g eta [|v [|]]; simpl; try discriminate. intros _. split.
  - intros i Hi. run_template. unfold value_of. lra.
  - repeat constructor. intros i Hi. run_template. auto.
Qed.
Theorem update_correct o : update_spec o.
Proof. destruct o. apply sgd_correct. apply momentum_correct. Qed.

(* Templates use only what precedes; the new θ and state are values of the template's environment. *)
Definition update_bounds (o : optimizer) (t : ty) : bool :=
  let u := update_of o t in
  let n := (3 + length (state_of o))%nat in
  template_ok (map fst (u_code u)) n
  && forallb (fun k => Nat.ltb k (n + length (u_code u))) (u_theta u :: u_state u).
Lemma update_bounded o t : update_bounds o t = true.
Proof. destruct o; reflexivity. Qed.
