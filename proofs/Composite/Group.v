(* Sums over groups of indices, and the rank-1 trick. A group is what one softmax or one normalisation runs
   over: the indices of a shape that agree in a key (softmax: every axis but one; batch norm: the channel;
   layer norm: the batch axes). The Jacobian of such an op is, on every group, a diagonal matrix plus a
   rank-1 correction u v^T; its transpose, the VJP, is the same with u and v exchanged. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.Gather
  Ops.Pointwise.
Import ListNotations.
Open Scope R_scope.

Definition same_group (key : idx -> idx) (i j : idx) : bool := ieqb (key i) (key j).
(* at index i, the sum over i's group: a reduction broadcast back *)
Definition group_sum (s : shape) (key : idx -> idx) (x : tensor) : tensor := linapp s (same_group key) x.

Section Group.
Variables (s : shape) (key : idx -> idx).
Notation G := (group_sum s key).

Lemma same_group_iff i j : same_group key i j = true <-> key i = key j.
Proof. apply ieqb_eq. Qed.
Lemma same_group_sym i j : same_group key i j = same_group key j i.
Proof. apply eq_true_iff_eq. rewrite !same_group_iff. split; auto. Qed.

(* G x i only looks at i's group *)
Lemma group_sum_ext x y i : (forall j, inb s j = true -> key j = key i -> x j = y j) -> G x i = G y i.
Proof.
  intros H. apply sum_ext; intros j Hj. apply in_indices in Hj.
  destruct (same_group key i j) eqn:E; auto. apply same_group_iff in E. auto.
Qed.
(* and is the same on all of it. *)
Lemma group_sum_key x i j : key i = key j -> G x i = G x j.
Proof. intros H. unfold group_sum, linapp, same_group. rewrite H; auto. Qed.
Lemma group_sum_plus x y i : G (fun j => x j + y j) i = G x i + G y i.
Proof.
  unfold group_sum, linapp. rewrite <- sum_plus. apply sum_ext; intros j _.
  destruct (same_group key i j); lra.
Qed.
Lemma group_sum_opp x i : G (fun j => - x j) i = - G x i.
Proof.
  unfold group_sum, linapp. rewrite <- sum_opp. apply sum_ext; intros j _.
  destruct (same_group key i j); lra.
Qed.
Lemma group_sum_minus x y i : G (fun j => x j - y j) i = G x i - G y i.
Proof. unfold Rminus. rewrite <- group_sum_opp. apply group_sum_plus. Qed.
(* What is constant on groups comes out of the sum: G (c x) = c G x. *)
Lemma group_sum_scal c x i : (forall j, key j = key i -> c j = c i) -> G (fun j => c j * x j) i = c i * G x i.
Proof.
  intros H. unfold group_sum, linapp. rewrite <- sum_scal. apply sum_ext; intros j _.
  destruct (same_group key i j) eqn:E; [|lra]. apply same_group_iff in E. rewrite H; auto.
Qed.
Lemma group_sum_scal_r c x i : (forall j, key j = key i -> c j = c i) ->
  G (fun j => x j * c j) i = G x i * c i.
Proof.
  intros H. rewrite Rmult_comm, <- (group_sum_scal c x i H). apply group_sum_ext; intros; lra.
Qed.
Lemma group_sum_nonneg x i : (forall j, inb s j = true -> key j = key i -> 0 <= x j) -> 0 <= G x i.
Proof.
  intros H. unfold group_sum, linapp. assert (K : forall j, In j (indices s) ->
    0 <= (if same_group key i j then x j else 0)).
  { intros j Hj. apply in_indices in Hj. destruct (same_group key i j) eqn:E; [|lra].
    apply same_group_iff in E. auto. }
  revert K. induction (indices s) as [|a l IH]; simpl; intros K. lra.
  pose proof (K a (or_introl eq_refl)). specialize (IH (fun j Hj => K j (or_intror Hj))). lra.
Qed.
(* A sum of positive numbers that has a member is positive. *)
Lemma group_sum_pos x i : inb s i = true -> (forall j, 0 < x j) -> 0 < G x i.
Proof.
  intros Hi Hx. apply in_indices in Hi. unfold group_sum, linapp.
  assert (K : forall l, 0 <= Sum (fun j => if same_group key i j then x j else 0) l /\
    (In i l -> 0 < Sum (fun j => if same_group key i j then x j else 0) l)).
  { induction l as [|b l [I1 I2]]; simpl. split; [lra|tauto]. pose proof (Hx b) as Hb. split.
    - destruct (same_group key i b); lra.
    - intros [->|Hl]. rewrite (proj2 (same_group_iff i i) eq_refl); lra.
      specialize (I2 Hl). destruct (same_group key i b); lra. }
  apply K; auto.
Qed.
(* (G x)' = G x' *)
Lemma Der_group_sum (x : R -> tensor) dx i :
  (forall j, inb s j = true -> Der (fun t => x t j) (dx j)) -> Der (fun t => G (x t) i) (G dx i).
Proof.
  intros H. unfold group_sum, linapp.
  apply (Der_sum (fun j t => if same_group key i j then x t j else 0)). intros j Hj. apply in_indices in Hj.
  destruct (same_group key i j); auto. apply Der_const.
Qed.
(* <a, G b> = <G a, b> *)
Lemma group_sum_adjoint a b : dotp s a (G b) = dotp s (G a) b.
Proof.
  unfold group_sum. rewrite lin_adjoint. apply dotp_ext; auto. intros i _.
  apply sum_ext; intros j _. rewrite same_group_sym; auto.
Qed.
End Group.

Lemma dotp_minus_l s a b c : dotp s (fun i => a i - b i) c = dotp s a c - dotp s b c.
Proof. unfold dotp, Rminus. rewrite <- sum_opp, <- sum_plus. apply sum_ext; intros; lra. Qed.
Lemma dotp_opp_l s a b : dotp s (fun i => - a i) b = - dotp s a b.
Proof. unfold dotp. rewrite <- sum_opp. apply sum_ext; intros; lra. Qed.
(* <a, c b> = <c a, b> *)
Lemma dotp_diagonal s c a b : dotp s a (fun i => c i * b i) = dotp s (fun i => c i * a i) b.
Proof. rewrite diagonal_trick. apply sum_ext; intros; lra. Qed.

(* J = diag(a) + u v^T on every group. Its transpose is diag(a) + v u^T:
     <dy, a dx + u G(v dx)> = <a dy + v G(u dy), dx>. *)
Theorem rank1_trick s key (a u v dy dx : tensor) :
  dotp s dy (fun i => a i * dx i + u i * group_sum s key (fun j => v j * dx j) i)
  = dotp s (fun i => a i * dy i + v i * group_sum s key (fun j => u j * dy j) i) dx.
Proof.
  rewrite dotp_plus_r, dotp_plus_l, !dotp_diagonal, group_sum_adjoint, dotp_diagonal. reflexivity.
Qed.
